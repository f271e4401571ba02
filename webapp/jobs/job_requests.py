"""What a caller of the API, the command line or a schedule may request as a job, checked before it is queued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecasting.catalog import Catalog
from forecasting.errors import ReadOnly
from forecasting.jobs import JobRequest
from forecasting.jobs.job_arguments import TRAINING, checked_arguments
from forecasting.model_sets.training import trained_models
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.jobs.tasks.compare import compared_days


def requested_job(settings: Settings, kind: str, arguments: Mapping[str, Any], requested_by: str) -> JobRequest:
    """Return the request for a job about a data set as it is when the job runs.

    Raises InputError naming each wrong field, NotFound for an absent data set, ReadOnly.
    """
    given = checked_arguments(kind, arguments)
    series = Catalog(settings).get(given["dataset"])
    if kind == TRAINING:
        _check_training(settings, series, given)
    else:
        compared_days(settings, series, {name: value for name, value in given.items() if name != "quick"})
    return JobRequest(kind, given, requested_by=requested_by)


def _check_training(settings: Settings, series: Series, given: Mapping[str, Any]) -> None:
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1) and cannot train models.")
    trained_models(given.get("models", ()))
    for timeframe in given.get("timeframes", ()):
        bin_seconds_of(timeframe)
    if "until" in given:
        moment_of(given["until"], series.time_zone, field="until")
