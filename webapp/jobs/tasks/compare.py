"""Tasks of the page Cost: the comparison, what it would be for other boot times and prices, and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forecasting.scaling.comparison import savings_map
from forecasting.scaling.comparison.page_payload import digest
from forecasting.scaling.comparison.results import QUICK, Study, study
from forecasting.scaling.config import request
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.settings import Settings
from webapp.jobs.tasks.dataset import series_of
from webapp.jobs.watch import Report
from webapp.ui.report.comparison_report import report_html


def compare(
    settings: Settings, report: Report, version: str, *, dataset: str, quick: bool, asked: Mapping[str, object]
) -> object:
    """The digest of every policy on the same days; `quick` tunes more coarsely and varies nothing."""
    return digest(_study(settings, report, version, dataset, asked, quick=quick))


def savings_map_of(
    settings: Settings, report: Report, version: str, *, dataset: str, asked: Mapping[str, object]
) -> object:
    """The grid of boot times and prices of a lost request."""
    question = _question(settings, version, dataset, asked)
    return savings_map.savings_map_of(question.replay(), progress=_told(report, "Trying other boot times")).to_dict()


def cost_report(
    settings: Settings, report: Report, version: str, *, dataset: str, asked: Mapping[str, object]
) -> object:
    """The report of the comparison, one HTML file."""
    return report_html(_study(settings, report, version, dataset, asked, quick=False))


def _study(
    settings: Settings, report: Report, version: str, dataset: str, asked: Mapping[str, object], *, quick: bool
) -> Study:
    question = _question(settings, version, dataset, asked)
    return study(question, progress=_told(report, "Comparing policies"), **(QUICK if quick else {}))


def _question(settings: Settings, version: str, dataset: str, asked: Mapping[str, object]) -> ScalingRequest:
    return request.request_of(series_of(settings, dataset, version), Configuration(), settings=settings, **asked)


def _told(report: Report, doing: str) -> Callable[[float], None]:
    return lambda share: report(share, doing)
