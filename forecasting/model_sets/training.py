"""Training a model set: fit with validation days held out, calibrate on them, refit on all data, write atomically.

It runs in its own process (that of the command line), never in a web worker: OpenMP and JAX hang after a fork.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal, cast

import numpy as np

from forecasting.backtests.backtest import backtest
from forecasting.backtests.metrics import seasonal_scale
from forecasting.database import Store
from forecasting.errors import HistoryTooShort, InputError, ReadOnly
from forecasting.forecasters.base import Forecaster, has_distribution
from forecasting.forecasters.calibration import KNOTS, Calibration, measured_dispersion
from forecasting.forecasters.card_entry import CardEntry, CardScores, ScoreRow, TrainingSpan
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.nan_filters import coming
from forecasting.forecasters.registry import (
    MODEL_NAMES,
    SIMPLE_RULES,
    TRAINED_BY_DEFAULT,
    UNTRAINED,
    WITHOUT_SET,
    checked_model,
    forecaster_class,
)
from forecasting.model_sets.card import Card, card_text
from forecasting.model_sets.installed import CARD, files_in
from forecasting.model_sets.intake import take_in
from forecasting.model_sets.loading import CALIBRATION, ValidationForecasts, untrained_part
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import SHIPPED, candidate_of, checked_set_name, is_candidate
from forecasting.model_sets.storing import new_files, store_set
from forecasting.model_sets.writing import save_validation, set_folder
from forecasting.progress import Progress, within
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of

# OpenMP reads this when LightGBM or XGBoost is first imported. Threads that wait by spinning make a fit many times
# slower on a machine that has other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

LEAST_DAYS, LEAST_BINS = 3, 400
"""The minimum history for training: days, and bins of the timeframe."""

VALIDATION_SHARE, MOST_VALIDATION_DAYS = 0.2, 9
TEST_STEPS = np.arange(1, 13)

FITTING, CALIBRATING, REFITTING, SCORING = "fitting", "calibrating", "fitting on all days", "scoring"
STAGES = {FITTING: 0.5, CALIBRATING: 0.57, REFITTING: 0.95, SCORING: 1.0}
"""The stages of training one model, in order, with the approximate share of its time at which each ends."""

WHOLE_STAGES = {FITTING: 0.95, SCORING: 1.0}
"""Those of a model that needs no calibration."""

DONE = "done"
_RELATIVE_SECONDS = {
    "auto": 8.0,
    "hybrid": 40.0,
    "xgboost": 25.0,
    "lightgbm": 25.0,
    "ensemble": 28.0,
    "seasonal_smoothing": 2.0,
}
_LEAST_ADVANCE = 0.001


@dataclass(frozen=True, eq=False)
class Job:
    """One series in one timeframe; `known` is its part before `until`, `validation` the bin where validation begins."""

    series: Series
    known: Series
    validation: int

    @property
    def has_test(self) -> bool:
        """Return whether at least one day of known bins follows the training bins."""
        return bool(np.isfinite(self.series.requests_count[len(self.known) :]).sum() >= self.known.bins_per_day)


def train(
    series: Series,
    *,
    model_set: str,
    models: Sequence[str] = TRAINED_BY_DEFAULT,
    timeframes: Sequence[str] = (),
    until: int | None = None,
    settings: Settings,
    progress: Progress | None = None,
    root: Path | None = None,
    candidate: bool = False,
) -> Card:
    """Train `models` (and always the simple rules) in every timeframe and return the new card.

    `until` (absolute seconds) ends the training bins; the bins after it are the test. `timeframes` defaults to those of
    the API that the series can be resampled to, else its own bin. With `candidate` the set is written beside the one of
    that name and only used when named explicitly, until `model_sets.accept` puts it in place. An interruption leaves
    the old set unchanged. `progress` is called with a stage such as `hybrid 5m: fitting`, at the end with `done`.

    Raises HistoryTooShort with the history needed, InputError for an unknown model, or for the name of the shipped set
    without another `root`, Conflict during another training.
    """
    _check_name(model_set, root, settings)
    names = trained_models(models)
    jobs = [_job(series, timeframe, until) for timeframe in timeframes or default_timeframes(series)]
    name = candidate_of(model_set) if candidate else model_set
    parts = training_parts(names, [job.series.timeframe for job in jobs])
    entries: dict[str, dict[str, CardEntry]] = {job.series.timeframe: {} for job in jobs}
    take_in(settings)
    with sets_locked(settings) as lease, set_folder(name, root) as folder:
        for job, model in itertools.product(jobs, names):
            timeframe = job.series.timeframe
            model_folder = folder / timeframe / model
            model_folder.mkdir(parents=True)
            stages = _Stages(progress, model, timeframe, parts[f"{model} {timeframe}"])
            entries[timeframe][model] = _train_one(model, job, model_folder, name, stages)
        card = _card(name, jobs, entries)
        card["files"] = files_in(folder)
        (folder / CARD).write_text(card_text(card))
        if root is None:
            files = new_files(folder, card["files"])
            store_set(name, card_text(card), files, Store(settings, patient=True), lease)
        if progress:
            progress(1.0, DONE)
    return card


def _check_name(model_set: str, root: Path | None, settings: Settings) -> None:
    """Raise ReadOnly, or InputError for a name that a new set must not have."""
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1) and cannot train models.")
    if root is None and model_set == SHIPPED:
        raise InputError(f"model_set must not be the name of the shipped set (got {SHIPPED!r}).", field="model_set")
    if is_candidate(checked_set_name(model_set)):
        raise InputError(f"model_set must not be the name of a candidate (got {model_set!r}).", field="model_set")


def trained_models(models: Sequence[str]) -> list[str]:
    """Return the requested models and the simple rules; raises InputError for a model that cannot be trained."""
    wanted = {checked_model(name, field="model") for name in models}
    if UNTRAINED in wanted:
        raise InputError(f"model must not be {UNTRAINED}: it needs no training. Train auto instead.", field="model")
    return [name for name in MODEL_NAMES if name in wanted or name in SIMPLE_RULES]


def training_parts(models: Sequence[str], timeframes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the part (begin, end) of the total progress that each model takes, by `MODEL BIN`, in time order.

    `models` are those of `trained_models`. A page derives one bar per model from the share that `train` reports.
    """
    names = [f"{model} {timeframe}" for timeframe in timeframes for model in models]
    weights = np.array([_RELATIVE_SECONDS.get(name.split()[0], 0.2) for name in names])
    edges = np.append(0.0, np.cumsum(weights) / weights.sum()).tolist()
    return dict(zip(names, itertools.pairwise(edges), strict=True))


def stages_of(model: str) -> dict[str, float]:
    """Return the stages of training a model, with the share of its time at which each ends."""
    return WHOLE_STAGES if model in WITHOUT_SET else STAGES


def default_timeframes(series: Series) -> tuple[str, ...]:
    """Return the timeframes of the API that the series can be resampled to, else its own bin."""
    possible = tuple(t for t in API_TIMEFRAMES if bin_seconds_of(t) % series.bin_seconds == 0)
    return possible or (series.timeframe,)


def least_bins(series: Series) -> int:
    """Return the minimum number of known bins for training on a series."""
    return max(LEAST_DAYS * series.bins_per_day, LEAST_BINS)


def check_history(series: Series) -> None:
    """Raise HistoryTooShort unless a model can be trained on the series."""
    known, least = int(np.isfinite(series.requests_count).sum()), least_bins(series)
    if known < least:
        raise HistoryTooShort(
            f"{series.name!r} has {known:,} known bins of {series.timeframe}; training needs {least:,} "
            f"({least / series.bins_per_day:.3g} days). Import more history, or forecast with auto, which needs none."
        )
    if np.nanmax(series.requests_count) <= 0:
        raise HistoryTooShort(f"{series.name!r} has no requests in its training bins; training needs some.")


def _job(series: Series, timeframe: str, until: int | None) -> Job:
    series = resample(series, bin_seconds_of(timeframe))
    known = series.between(None, until)
    check_history(known)
    return Job(series, known, len(known) - validation_days(known) * known.bins_per_day)


def validation_days(known: Series) -> int:
    """Return the number of days held out at the end of the training bins: a fifth of them, from 1 to 9."""
    return int(np.clip(VALIDATION_SHARE * len(known) / known.bins_per_day, 1, MOST_VALIDATION_DAYS))


def _train_one(name: str, job: Job, folder: Path, model_set: str, stages: _Stages) -> CardEntry:
    began = time.perf_counter()
    forecaster = forecaster_class(name)()
    fit = _fit_whole if has_distribution(forecaster) else _fit_calibrated
    model, scores = fit(forecaster, job, folder, model_set, stages)
    stages.begin(SCORING)
    forecaster.save(folder)
    seconds = round(time.perf_counter() - began, 1)
    scores = scores or _scores(model, job, "test", len(job.known), len(job.series))
    return {**model.trained_entry(), "train_seconds": seconds, **scores}


def _fit_calibrated(
    forecaster: Forecaster, job: Job, folder: Path, model_set: str, stages: _Stages
) -> tuple[FittedModel, CardScores | None]:
    """Fit up to the validation days, calibrate on them, and fit again; the scores are of them if there is no test."""
    forecaster.fit(job.known, stop_at=job.validation, report=stages.report(FITTING))
    stages.begin(CALIBRATING)
    calibration, validation = _calibrate(forecaster, job)
    hashes = job.known.day_hashes()
    model = FittedModel(model_set, job.series.timeframe, forecaster, calibration, _entry(job), hashes)
    scores = None if job.has_test else _scores(model, job, "validation", job.validation, len(job.known))
    save_validation(folder, validation)
    (folder / CALIBRATION).write_text(json.dumps(calibration.to_json(), allow_nan=False))
    forecaster.fit(job.known, report=stages.report(REFITTING))
    return model, scores


def _fit_whole(
    forecaster: Forecaster, job: Job, _folder: Path, model_set: str, stages: _Stages
) -> tuple[FittedModel, CardScores | None]:
    """Fit a forecaster with a distribution of its own, which needs no calibration, on all training bins at once.

    Without a test the scores are those of its untrained part on the validation days: out of sample, and careful.
    """
    forecaster.fit(job.known, report=stages.report(FITTING))
    hashes, before = job.known.day_hashes(), untrained_part()
    model = FittedModel(model_set, job.series.timeframe, forecaster, None, _entry(job), hashes, before)
    return model, None if job.has_test else _scores(model, job, "validation", job.validation, len(job.known))


def _calibrate(forecaster: Forecaster, job: Job) -> tuple[Calibration, ValidationForecasts]:
    known = job.known
    knots = np.array([k for k in KNOTS if k < len(known) - job.validation])
    origins = np.arange(job.validation - 1, len(known) - 1)
    means = forecaster.means(known, origins, knots)
    actual = coming(known.requests_count, origins[:, None] + knots)
    phi, mean, _ = measured_dispersion(known, np.array([len(known) - 1]))
    calibration = Calibration.fit(actual, means, measured_dispersion(known, origins)[0], knots, float(phi[0] / mean[0]))
    first = known.start + int(origins[0]) * known.bin_seconds
    return calibration, ValidationForecasts(first, known.bin_seconds, knots, means)


def _entry(job: Job) -> TrainingSpan:
    known = job.known
    return {
        "trained_from": wall_text(known.start, known.time_zone),
        "trained_until": wall_text(known.end, known.time_zone),
        "validation_from": wall_text(known.start + job.validation * known.bin_seconds, known.time_zone),
        "seasonal_scale": seasonal_scale(known),
    }


def _scores(model: FittedModel, job: Job, kind: Literal["test", "validation"], first: int, end: int) -> CardScores:
    """Return the card's metrics of the bins [first, end), by step and pooled, with their period and kind.

    `test` days are out of sample. `validation` days were not fitted when these scores were made, but they determined
    the number of rounds and the intervals of calibrated models, whose coverage on them is right by construction.
    """
    run = backtest(job.series.slice(0, end), model, first_target=first, end_target=end, steps=TEST_STEPS)
    rows = [{key: row[key] for key in row if key not in ("model", "timeframe")} for row in run.scores()]
    second = job.series.start + job.series.bin_seconds * np.array([first, end])
    return {
        "metrics_on": kind,
        "metrics_from": wall_text(int(second[0]), job.series.time_zone),
        "metrics_until": wall_text(int(second[1]), job.series.time_zone),
        "metrics": cast("list[ScoreRow]", rows),
    }


def _card(model_set: str, jobs: list[Job], entries: dict[str, dict[str, CardEntry]]) -> Card:
    series = jobs[0].known
    libraries = ("numpy", "pandas", "scipy", "prophet", "keras", "jax", "xgboost-cpu", "lightgbm")
    return {
        "schema": 1,
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


class _Stages:
    """Converts the stages of one model, which takes the `part` (begin, end) of the whole, to Progress calls."""

    def __init__(self, progress: Progress | None, model: str, timeframe: str, part: tuple[float, float]):
        self._progress, self._name = progress, f"{model} {timeframe}"
        self._begin, self._end = part
        self._ends, self._reported = stages_of(model), -1.0

    def report(self, stage: str) -> Progress:
        """Report the start of a stage and return its Progress."""
        begin = max((share for share in self._ends.values() if share < self._ends[stage]), default=0.0)
        self._forward(stage, begin, always=True)

        def progress(share: float, _stage: str = "", /) -> None:
            self._forward(stage, share)

        return within(progress, begin, self._ends[stage])

    def begin(self, stage: str) -> None:
        """Report the start of a stage that reports no progress of its own."""
        self.report(stage)

    def _forward(self, stage: str, share: float, always: bool = False) -> None:
        share = self._begin + (self._end - self._begin) * share
        if self._progress and (always or share >= self._reported + _LEAST_ADVANCE):
            self._reported = share
            self._progress(share, f"{self._name}: {stage}")


def trained_until(entry: CardEntry, series: Series) -> int:
    """Return the end of an entry's training bins in absolute seconds, given the time zone of the series."""
    return moment_of(entry["trained_until"], series.time_zone)
