"""Tasks of the page Forecasts: who is better, whether to believe it, training, and what that changed."""

from __future__ import annotations

import fcntl
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from forecasting import evaluation
from forecasting.errors import Conflict, ReadOnly
from forecasting.evaluation import set_name_for
from forecasting.model_sets.training import train as train_set
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.jobs.tasks.dataset import series_of
from webapp.jobs.watch import Report

LOCK = "training.lock"
LEAST_SECONDS = 0.2
"""Between two words about how far the work is."""


def leaderboard(
    settings: Settings,
    report: Report,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    start: int | None,
    end: int | None,
) -> object:
    """Every model that there is for the data, on the same days."""
    series = _binned(settings, dataset, version, timeframe)
    return evaluation.leaderboard(
        series,
        models=evaluation.models_for(series, settings),
        start=start,
        end=end,
        settings=settings,
        progress=_told(report, "Judging"),
    )


def trust(
    settings: Settings,
    report: Report,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    start: int | None,
    end: int | None,
    model: str,
) -> object:
    """The intervals and errors of one model on the days of the leaderboard."""
    series = _binned(settings, dataset, version, timeframe)
    told = _told(report, "Looking at the errors of")
    return evaluation.trust(
        series,
        model=model,
        start=start,
        end=end,
        settings=settings,
        progress=lambda share: told(evaluation.label_of(model), share),
    )


def train(
    settings: Settings,
    report: Report,
    version: str,
    *,
    dataset: str,
    models: Sequence[str],
    timeframes: Sequence[str],
    until: int | None,
) -> object:
    """Train a candidate that waits to be accepted; its card."""
    series = series_of(settings, dataset, version)
    with _alone(settings):
        return train_set(
            series,
            model_set=set_name_for(series, models, timeframes),
            models=models,
            timeframes=timeframes,
            until=until,
            settings=settings,
            candidate=True,
            progress=_sparing(lambda doing, share: report(share, doing)),
        )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One training at a time: two would take twice as long each. The lock goes with the process, however that ends."""
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): it trains nothing.")
    with (settings.prepare_home() / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "Models are being trained already, perhaps from another page; start again when that is done."
            ) from None
        yield


def before_after(
    settings: Settings,
    report: Report,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    model_set: str,
    models: Sequence[str],
) -> object:
    """Models of the candidate of a set beside what is used now."""
    series = _binned(settings, dataset, version, timeframe)
    told = _told(report, "Judging")
    return evaluation.before_after(series, model_set, models=models, settings=settings, progress=told)


def _binned(settings: Settings, dataset: str, version: str, timeframe: str) -> Series:
    return resample(series_of(settings, dataset, version), bin_seconds_of(timeframe))


def _told(report: Report, doing: str) -> Callable[[str, float], None]:
    return _sparing(lambda whose, share: report(share, f"{doing} {whose}"))


def _sparing(tell: Callable[[str, float], None]) -> Callable[[str, float], None]:
    """The same, called at most a few times a second: each call is written to a store that all jobs share."""
    told = -math.inf

    def tell_sometimes(what: str, share: float) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= LEAST_SECONDS:
            told = now
            tell(what, share)

    return tell_sometimes
