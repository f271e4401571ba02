"""Tasks of the page Cost: the comparison, what it would be for other boot times and prices, and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from forecasting.settings import Settings
from webapp.jobs.tasks.dataset import series_of
from webapp.jobs.watch import Report

if TYPE_CHECKING:
    from forecasting.scaling.comparison.results import Study
    from forecasting.scaling.config.request import ScalingRequest


def compare(
    settings: Settings, report: Report, version: str, *, dataset: str, quick: bool, asked: Mapping[str, object]
) -> object:
    """The digest of every policy on the same days; `quick` tunes more coarsely and varies nothing."""
    from forecasting.scaling.comparison.page_payload import digest

    return digest(_study(settings, report, version, dataset, asked, quick=quick))


def savings_map_of(
    settings: Settings, report: Report, version: str, *, dataset: str, asked: Mapping[str, object]
) -> object:
    """The grid of boot times and prices of a lost request."""
    from forecasting.scaling.comparison import savings_map

    question = _question(settings, version, dataset, asked)
    return savings_map.savings_map_of(question.replay(), progress=_told(report, "Trying other boot times")).to_dict()


def cost_report(
    settings: Settings, report: Report, version: str, *, dataset: str, asked: Mapping[str, object]
) -> object:
    """The report of the comparison, one HTML file."""
    from webapp.ui.report.comparison_report import report_html

    return report_html(_study(settings, report, version, dataset, asked, quick=False))


def _study(
    settings: Settings, report: Report, version: str, dataset: str, asked: Mapping[str, object], *, quick: bool
) -> Study:
    from forecasting.scaling.comparison.results import QUICK, study

    question = _question(settings, version, dataset, asked)
    return study(question, progress=_told(report, "Comparing policies"), **(QUICK if quick else {}))


def _question(settings: Settings, version: str, dataset: str, asked: Mapping[str, object]) -> ScalingRequest:
    from forecasting.scaling.config import request
    from forecasting.scaling.config.stored_configuration import Configuration

    return request.request_of(series_of(settings, dataset, version), Configuration(), settings=settings, **asked)


def _told(report: Report, doing: str) -> Callable[[float], None]:
    return lambda share: report(share, doing)
