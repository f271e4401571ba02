"""Tasks of the page Forecasts: the leaderboard, the reliability of one model, training, and what it changed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from forecasting import evaluation
from forecasting.evaluation import BeforeAfter, Leaderboard, Reliability, set_name_for
from forecasting.forecasters.registry import TRAINED_BY_DEFAULT
from forecasting.model_sets import Card
from forecasting.model_sets.names import default_set_name
from forecasting.model_sets.training import train as train_set
from forecasting.progress import Progress, named
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.jobs.tasks.dataset import series_of

LEAST_SECONDS = 0.2
"""Between two reports of progress."""


def leaderboard(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    start: int | None,
    end: int | None,
) -> Leaderboard:
    """Return the leaderboard of every model available for the data."""
    series = _binned(settings, dataset, version, timeframe)
    return evaluation.leaderboard(
        series,
        models=evaluation.models_for(series, settings),
        start=start,
        end=end,
        settings=settings,
        progress=sparing(_after(progress, "Evaluating")),
    )


def trust(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    start: int | None,
    end: int | None,
    model: str,
) -> Reliability:
    """Return the intervals and errors of one model on the days of the leaderboard."""
    series = _binned(settings, dataset, version, timeframe)
    doing = f"Analysing the errors of {evaluation.name_in_text(model)}"
    return evaluation.reliability_of(
        series, model=model, start=start, end=end, settings=settings, progress=sparing(named(progress, doing))
    )


def train(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    models: Sequence[str],
    timeframes: Sequence[str],
    until: int | None,
) -> Card:
    """Train a candidate that waits to be accepted, and return its card."""
    series = series_of(settings, dataset, version)
    return train_set(
        series,
        model_set=set_name_for(series, models, timeframes),
        models=models,
        timeframes=timeframes,
        until=until,
        settings=settings,
        candidate=True,
        progress=sparing(progress),
    )


def training(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    models: Sequence[str] = TRAINED_BY_DEFAULT,
    timeframes: Sequence[str] = (),
    until: str | None = None,
    model_set: str | None = None,
    candidate: bool = False,
) -> Card:
    """Train a model set as `dataflow train` does, and return its card."""
    series = series_of(settings, dataset, version)
    return train_set(
        series,
        model_set=model_set or default_set_name(dataset),
        models=models,
        timeframes=timeframes,
        until=None if until is None else moment_of(until, series.time_zone, field="until"),
        settings=settings,
        candidate=candidate,
        progress=sparing(progress),
    )


def before_after(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    model_set: str,
    models: Sequence[str],
) -> BeforeAfter:
    """Return the models of a set's candidate beside those in use."""
    series = _binned(settings, dataset, version, timeframe)
    shown = sparing(_after(progress, "Evaluating"))
    return evaluation.before_after(series, model_set, models=models, settings=settings, progress=shown)


def _binned(settings: Settings, dataset: str, version: str, timeframe: str) -> Series:
    return resample(series_of(settings, dataset, version), bin_seconds_of(timeframe))


def _after(progress: Progress, verb: str) -> Progress:
    """A Progress that puts a verb before what is being done."""

    def report(share: float, doing: str = "", /) -> None:
        progress(share, f"{verb} {doing}")

    return report


def sparing(progress: Progress) -> Progress:
    """Return a Progress that calls `progress` a few times a second at most: each call is written to the job store."""
    last = -math.inf

    def report(share: float, doing: str = "", /) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LEAST_SECONDS:
            last = now
            progress(share, doing)

    return report
