"""Tasks of the page Cost: the comparison, the same for other start-up times and prices, and its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecasting.catalog import Catalog
from forecasting.progress import Progress, named
from forecasting.scaling.comparison import savings_map
from forecasting.scaling.comparison.page_payload import page_payload
from forecasting.scaling.comparison.results import QUICK, CompareResult, compare_result
from forecasting.scaling.config import request
from forecasting.scaling.config.request import ScalingRequest, evaluated_between
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.scaling.simulation.replay import replay_of
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from webapp.jobs.tasks.dataset import series_of
from webapp.ui.report.comparison_report import report_html


def compare(
    settings: Settings, progress: Progress, version: str, *, dataset: str, quick: bool, fields: Mapping[str, Any]
) -> object:
    """Return the comparison of every policy as the page shows it; `quick` tunes more coarsely and varies nothing."""
    return page_payload(_study(settings, progress, version, dataset, fields, quick=quick))


def comparison(
    settings: Settings, progress: Progress, version: str, *, dataset: str, quick: bool = False, **fields: Any
) -> object:
    """Return the comparison of every policy as the API does; the stored configuration fills what is not given."""
    series = series_of(settings, dataset, version)
    scaling_request = compared_days(settings, series, {"dataset": dataset, **fields})
    shown = named(progress, "Comparing policies")
    return compare_result(scaling_request, progress=shown, **(QUICK if quick else {})).to_dict()


def compared_days(settings: Settings, series: Series, given: Mapping[str, Any]) -> ScalingRequest:
    """Return the request for the evaluation days of a comparison; raises InputError naming each wrong field."""
    fields = {name: value for name, value in given.items() if name not in ("dataset", "start", "end")}
    stored, _ = stored_configuration(Catalog(settings), given["dataset"])
    whole = request.request_of(series, stored, fields, settings)
    return evaluated_between(whole, given.get("start"), given.get("end"))


def savings_map_of(
    settings: Settings, progress: Progress, version: str, *, dataset: str, fields: Mapping[str, Any]
) -> object:
    """Return the savings by start-up time and price of an unmet request."""
    scaling_request = _request(settings, version, dataset, fields)
    return savings_map.savings_map_of(
        replay_of(scaling_request), progress=named(progress, "Trying other start-up times")
    ).to_dict()


def cost_report(
    settings: Settings, progress: Progress, version: str, *, dataset: str, fields: Mapping[str, Any]
) -> object:
    """Return the report of the comparison, one HTML file."""
    return report_html(_study(settings, progress, version, dataset, fields, quick=False))


def _study(
    settings: Settings, progress: Progress, version: str, dataset: str, fields: Mapping[str, Any], *, quick: bool
) -> CompareResult:
    scaling_request = _request(settings, version, dataset, fields)
    shown = named(progress, "Comparing policies")
    if quick:
        return compare_result(
            scaling_request, progress=shown, knob_values=QUICK["knob_values"], vary=bool(QUICK["vary"])
        )
    return compare_result(scaling_request, progress=shown)


def _request(settings: Settings, version: str, dataset: str, fields: Mapping[str, Any]) -> ScalingRequest:
    return request.request_of(series_of(settings, dataset, version), Configuration(), fields, settings)
