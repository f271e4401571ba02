"""Training a model set: fit with validation days held out, calibrate on them, fit again on everything, write whole.

It runs in a process of its own (the command line's): never in a web worker, where OpenMP and JAX hang after a fork.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.backtest import backtest
from forecasting.clock import moment_of, wall_text
from forecasting.errors import HistoryTooShort, InputError, ReadOnly
from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.calibration import KNOTS, Calibration, measured_dispersion
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES, checked_model, forecaster_class
from forecasting.metrics import seasonal_scale
from forecasting.model_sets import CARD, SCHEMA, SHIPPED, FittedModel, ValidationForecasts, save_validation, writing
from forecasting.series import Series
from forecasting.settings import Settings
from forecasting.timeframes import API_TIMEFRAMES, bin_seconds_of
from forecasting.transforms import resample

# Read by the OpenMP of LightGBM and XGBoost when they are first imported: threads that wait by spinning make a fit many
# times slower on a machine that does anything else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

LEAST_DAYS, LEAST_BINS = 3, 400
"""The least known history a trained model learns from."""

VALIDATION_SHARE, MOST_VALIDATION_DAYS = 0.2, 9
STORED_STEPS = (*range(1, 13), 15, 20)
TEST_STEPS = np.arange(1, 13)

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Job:
    """One series in one timeframe, cut at `until`, with the bin where its validation days begin."""

    series: Series
    known: Series
    validation: int

    @property
    def has_test(self) -> bool:
        """Whether at least a day of known bins follows the training bins."""
        return bool(np.isfinite(self.series.requests_count[len(self.known) :]).sum() >= self.known.bins_per_day)


def train(
    series: Series,
    *,
    model_set: str,
    models: Sequence[str] = MODEL_NAMES,
    timeframes: Sequence[str] = (),
    until: int | None = None,
    settings: Settings,
    progress: Progress | None = None,
    root: Path | None = None,
) -> dict[str, Any]:
    """Train `models` (the baselines always come along) in every timeframe and return the new card.

    `until` (absolute seconds) ends the training bins; what follows is the test. `timeframes` defaults to those of the
    API that the series can be resampled to, else its own bin. Raises HistoryTooShort saying how much is needed, and
    InputError for an unknown model, or the shipped set's name where no other `root` is given.
    An interruption leaves the old set as it was.
    """
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): it trains nothing.")
    if root is None and model_set == SHIPPED:
        raise InputError(f"model_set {SHIPPED!r} is the name of the shipped set; write another.", field="model_set")
    wanted = {checked_model(name, field="model") for name in models}
    names = [name for name in MODEL_NAMES if name in wanted or name not in MAIN_MODELS]
    jobs = [_job(series, timeframe, until) for timeframe in timeframes or default_timeframes(series)]
    report = _Steps(progress, len(jobs) * len(names))
    entries: dict[str, dict[str, Any]] = {}
    with writing(model_set, root or settings.model_sets_path) as folder:
        for job in jobs:
            entries[job.series.timeframe] = {}
            for name in names:
                report.begin(f"{name} {job.series.timeframe}")
                place = folder / job.series.timeframe / name
                place.mkdir(parents=True)
                entries[job.series.timeframe][name] = _train_one(name, job, place, model_set)
        card = _card(model_set, jobs, entries)
        (folder / CARD).write_text(json.dumps(card, indent=1, allow_nan=False))
        report.begin("done")
    return card


def default_timeframes(series: Series) -> tuple[str, ...]:
    """The API's timeframes that the series can be summed to, else its own bin."""
    possible = tuple(t for t in API_TIMEFRAMES if bin_seconds_of(t) % series.bin_seconds == 0)
    return possible or (series.timeframe,)


def check_history(series: Series) -> None:
    """Raise HistoryTooShort unless a model can be trained on the series."""
    known = int(np.isfinite(series.requests_count).sum())
    least = max(LEAST_DAYS * series.bins_per_day, LEAST_BINS)
    if known < least:
        raise HistoryTooShort(
            f"{series.name!r} has {known:,} known bins of {series.timeframe} to learn from; training needs {least:,} "
            f"({least / series.bins_per_day:.3g} days). Import more history; until then the shipped set serves."
        )
    if np.nanmax(series.requests_count) <= 0:
        raise HistoryTooShort(f"{series.name!r} has no request in its training bins: there is nothing to learn.")


def _job(series: Series, timeframe: str, until: int | None) -> Job:
    series = resample(series, bin_seconds_of(timeframe))
    known = series.between(None, until)
    check_history(known)
    days = int(np.clip(VALIDATION_SHARE * len(known) / known.bins_per_day, 1, MOST_VALIDATION_DAYS))
    return Job(series, known, len(known) - days * known.bins_per_day)


def _train_one(name: str, job: Job, place: Path, model_set: str) -> dict[str, Any]:
    began = time.perf_counter()
    forecaster = forecaster_class(name)().fit(job.known, stop_at=job.validation)
    calibration, validation = _calibrate(forecaster, job)
    hashes = job.known.day_hashes()
    model = FittedModel(model_set, job.series.timeframe, forecaster, calibration, _entry(job), hashes)
    scores = {} if job.has_test else _scores(model, job, "validation", job.validation, len(job.known))
    save_validation(place, validation)
    forecaster.fit(job.known)
    forecaster.save(place)
    (place / "calibration.json").write_text(json.dumps(calibration.to_json(), allow_nan=False))
    seconds = round(time.perf_counter() - began, 1)
    scores = scores or _scores(model, job, "test", len(job.known), len(job.series))
    return {**model.entry, "train_seconds": seconds, **scores}


def _calibrate(forecaster: Forecaster, job: Job) -> tuple[Calibration, ValidationForecasts]:
    known = job.known
    knots = np.array([k for k in KNOTS if k < len(known) - job.validation])
    origins = np.arange(job.validation - 1, len(known) - 1)
    means = forecaster.means(known, origins, knots)
    targets = origins[:, None] + knots
    actual = np.where(targets < len(known), known.requests_count[np.minimum(targets, len(known) - 1)], np.nan)
    phi, mean, _ = measured_dispersion(known, np.array([len(known) - 1]))
    calibration = Calibration.fit(actual, means, measured_dispersion(known, origins)[0], knots, float(phi[0] / mean[0]))
    stored = np.isin(knots, STORED_STEPS)
    first = known.start + int(origins[0]) * known.bin_seconds
    return calibration, ValidationForecasts(first, known.bin_seconds, knots[stored], means[:, stored])


def _entry(job: Job) -> dict[str, Any]:
    known = job.known
    return {
        "trained_from": wall_text(known.start, known.time_zone),
        "trained_until": wall_text(known.end, known.time_zone),
        "validation_from": wall_text(known.start + job.validation * known.bin_seconds, known.time_zone),
        "seasonal_scale": seasonal_scale(known),
    }


def _scores(model: FittedModel, job: Job, kind: str, first: int, end: int) -> dict[str, Any]:
    """The card's metrics of the bins [first, end): by step and pooled, with the period and what it was to the model.

    `test` days were never seen. `validation` days were not fitted when these scores were made, but chose the rounds
    and the intervals, whose coverage is therefore right there by construction.
    """
    run = backtest(job.series.slice(0, end), model, first_target=first, end_target=end, steps=TEST_STEPS)
    rows = [{key: row[key] for key in row if key not in ("model", "timeframe")} for row in run.scores()]
    second = job.series.start + job.series.bin_seconds * np.array([first, end])
    return {
        "metrics_on": kind,
        "metrics_from": wall_text(int(second[0]), job.series.time_zone),
        "metrics_until": wall_text(int(second[1]), job.series.time_zone),
        "metrics": rows,
    }


def _card(model_set: str, jobs: list[Job], entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    series = jobs[0].known
    libraries = ("numpy", "pandas", "scipy", "prophet", "keras", "jax", "xgboost-cpu", "lightgbm")
    return {
        "schema": SCHEMA,
        "model_set": model_set,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": {
            "name": series.name,
            "synthetic": series.synthetic,
            "time_zone": series.time_zone,
            "start": wall_text(series.start, series.time_zone),
            "end": wall_text(series.end, series.time_zone),
            "requests": float(np.nansum(series.requests_count)),
            "day_hashes": {job.known.timeframe: job.known.day_hashes() for job in jobs},
        },
        "libraries": {name: version(name) for name in libraries},
        "models": entries,
    }


class _Steps:
    """Turns the beginnings of named pieces of work into a share done."""

    def __init__(self, progress: Progress | None, total: int):
        self.progress, self.total, self.done = progress, total, 0

    def begin(self, what: str) -> None:
        if self.progress:
            self.progress(what, min(1.0, self.done / self.total))
        self.done += 1


def trained_until(entry: dict[str, Any], series: Series) -> int:
    """The end of an entry's training bins as absolute seconds on the series' own clock."""
    return moment_of(entry["trained_until"], series.time_zone)
