"""Training a model set: fit with validation days held out, calibrate on them, fit again on everything, write whole.

It runs in a process of its own (the command line's): never in a web worker, where OpenMP and JAX hang after a fork.
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
from typing import Any

import numpy as np

from forecasting.backtests.backtest import backtest
from forecasting.backtests.metrics import seasonal_scale
from forecasting.errors import HistoryTooShort, InputError, ReadOnly
from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.calibration import KNOTS, Calibration, measured_dispersion
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.nan_filters import coming
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES, checked_model, forecaster_class
from forecasting.model_sets.loading import CARD, SCHEMA, ValidationForecasts
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import SHIPPED, candidate_of, is_candidate
from forecasting.model_sets.writing import new_set_folder, save_validation
from forecasting.progress import Progress, within
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of

# Read by the OpenMP of LightGBM and XGBoost when they are first imported: threads that wait by spinning make a fit many
# times slower on a machine that does anything else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

LEAST_DAYS, LEAST_BINS = 3, 400
"""The least known history a trained model learns from."""

VALIDATION_SHARE, MOST_VALIDATION_DAYS = 0.2, 9
TEST_STEPS = np.arange(1, 13)

LEARNING, CALIBRATING, LEARNING_ALL, SCORING = "learning", "calibrating", "learning from all", "scoring"
STAGES = {LEARNING: 0.5, CALIBRATING: 0.57, LEARNING_ALL: 0.95, SCORING: 1.0}
"""What is done for one model, in order, and the share of its time after which each is over, about."""

DONE = "done"
_RELATIVE_SECONDS = {"hybrid": 40.0, "xgboost": 25.0, "lightgbm": 25.0, "ensemble": 28.0, "seasonal_smoothing": 2.0}
_LEAST_ADVANCE = 0.001


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
    candidate: bool = False,
) -> dict[str, Any]:
    """Train `models` (the baselines always come along) in every timeframe and return the new card.

    `until` (absolute seconds) ends the training bins; what follows is the test. `timeframes` defaults to those of the
    API that the series can be resampled to, else its own bin. Raises HistoryTooShort saying how much is needed, and
    InputError for an unknown model, or the shipped set's name if no other `root` is given, Conflict while another
    training goes on.
    `progress` is called with what is being done as `hybrid 5m: learning`, at the end with `done`.
    An interruption leaves the old set as it was. With `candidate` the set is written beside the one of that name and
    used by nobody who does not ask for it, until `model_sets.accept` puts it in place.
    """
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): it trains nothing.")
    if root is None and model_set == SHIPPED:
        raise InputError(f"model_set {SHIPPED!r} is the name of the shipped set; write another.", field="model_set")
    if is_candidate(model_set):
        raise InputError(f"model_set {model_set!r} is the name of a candidate; write another.", field="model_set")
    names = trained_models(models)
    jobs = [_job(series, timeframe, until) for timeframe in timeframes or default_timeframes(series)]
    name = candidate_of(model_set) if candidate else model_set
    parts = training_parts(names, [job.series.timeframe for job in jobs])
    entries: dict[str, dict[str, Any]] = {job.series.timeframe: {} for job in jobs}
    with sets_locked(settings), new_set_folder(name, root or settings.model_sets_path) as folder:
        for job, model in itertools.product(jobs, names):
            timeframe = job.series.timeframe
            place = folder / timeframe / model
            place.mkdir(parents=True)
            stages = _Stages(progress, f"{model} {timeframe}", *parts[f"{model} {timeframe}"])
            entries[timeframe][model] = _train_one(model, job, place, name, stages)
        card = _card(name, jobs, entries)
        (folder / CARD).write_text(json.dumps(card, indent=1, allow_nan=False))
        if progress:
            progress(1.0, DONE)
    return card


def trained_models(models: Sequence[str]) -> list[str]:
    """What is trained where these are asked for: the baselines come along. Raises InputError for an unknown one."""
    wanted = {checked_model(name, field="model") for name in models}
    return [name for name in MODEL_NAMES if name in wanted or name not in MAIN_MODELS]


def training_parts(models: Sequence[str], timeframes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """From which to which share of a training's progress each model is at work, by `MODEL BIN`, in order of time.

    `models` are those of `trained_models`. A page shows a bar a model from the one share that `train` reports.
    """
    names = [f"{model} {timeframe}" for timeframe in timeframes for model in models]
    weights = np.array([_RELATIVE_SECONDS.get(name.split()[0], 0.2) for name in names])
    edges = np.append(0.0, np.cumsum(weights) / weights.sum()).tolist()
    return dict(zip(names, itertools.pairwise(edges), strict=True))


def default_timeframes(series: Series) -> tuple[str, ...]:
    """The API's timeframes that the series can be summed to, else its own bin."""
    possible = tuple(t for t in API_TIMEFRAMES if bin_seconds_of(t) % series.bin_seconds == 0)
    return possible or (series.timeframe,)


def least_bins(series: Series) -> int:
    """The known bins below which nothing is trained on a series."""
    return max(LEAST_DAYS * series.bins_per_day, LEAST_BINS)


def check_history(series: Series) -> None:
    """Raise HistoryTooShort unless a model can be trained on the series."""
    known, least = int(np.isfinite(series.requests_count).sum()), least_bins(series)
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
    return Job(series, known, len(known) - validation_days(known) * known.bins_per_day)


def validation_days(known: Series) -> int:
    """The last days of the training bins that are held out at first: a fifth of them, from 1 to 9."""
    return int(np.clip(VALIDATION_SHARE * len(known) / known.bins_per_day, 1, MOST_VALIDATION_DAYS))


def _train_one(name: str, job: Job, place: Path, model_set: str, stages: _Stages) -> dict[str, Any]:
    began = time.perf_counter()
    forecaster = forecaster_class(name)().fit(job.known, stop_at=job.validation, report=stages.report(LEARNING))
    stages.begin(CALIBRATING)
    calibration, validation = _calibrate(forecaster, job)
    hashes = job.known.day_hashes()
    model = FittedModel(model_set, job.series.timeframe, forecaster, calibration, _entry(job), hashes)
    scores = {} if job.has_test else _scores(model, job, "validation", job.validation, len(job.known))
    save_validation(place, validation)
    forecaster.fit(job.known, report=stages.report(LEARNING_ALL))
    stages.begin(SCORING)
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
    actual = coming(known.requests_count, origins[:, None] + knots)
    phi, mean, _ = measured_dispersion(known, np.array([len(known) - 1]))
    calibration = Calibration.fit(actual, means, measured_dispersion(known, origins)[0], knots, float(phi[0] / mean[0]))
    first = known.start + int(origins[0]) * known.bin_seconds
    return calibration, ValidationForecasts(first, known.bin_seconds, knots, means)


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


class _Stages:
    """Turns the stages of one model, which is at work from `begin` to `end` of the whole, into calls of a Progress."""

    def __init__(self, progress: Progress | None, name: str, begin: float, end: float):
        self._progress, self._name, self._begin, self._end = progress, name, begin, end
        self._told = -1.0

    def report(self, stage: str) -> Progress:
        """Return the Progress of a stage, and report that it begins."""
        begin = max((share for share in STAGES.values() if share < STAGES[stage]), default=0.0)
        self._tell(stage, begin, always=True)

        def progress(share: float, doing: str = "", /) -> None:
            self._tell(stage, share)

        return within(progress, begin, STAGES[stage])

    def begin(self, stage: str) -> None:
        """Tell that a stage begins which says no more about itself."""
        self.report(stage)

    def _tell(self, stage: str, share: float, always: bool = False) -> None:
        share = self._begin + (self._end - self._begin) * share
        if self._progress and (always or share >= self._told + _LEAST_ADVANCE):
            self._told = share
            self._progress(share, f"{self._name}: {stage}")


def trained_until(entry: dict[str, Any], series: Series) -> int:
    """The end of an entry's training bins as absolute seconds on the series' own clock."""
    return moment_of(entry["trained_until"], series.time_zone)
