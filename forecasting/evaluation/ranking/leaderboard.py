"""The leaderboard: models and simple rules scored on identical targets, by step, hour and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.metrics import RATIOS, SUMS
from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.model_names import display_name
from forecasting.evaluation.ranking.entrants import STEPS, Entrant, EvaluationDays, entrant_of, evaluation_days
from forecasting.evaluation.ranking.ranking_statements import behind, over_hours, over_steps, period_of, versus
from forecasting.evaluation.ranking.scoring import METRIC_NAMES, Comparison, checked_loss, compared, format_score, score
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.progress import Progress, named, silent, within
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

ALL_STEPS = "all"
"""The `step` that pools every step."""

YESTERDAY = "seasonal_naive"
METRIC = "mae"

_FORECAST_SHARE = 0.7


@dataclass(frozen=True)
class LeaderboardRow:
    """The row of a model: its scores by metric (and `n`, the number of targets), and the best model's advantage.

    `best_is_better` is None for the best model. `distinguishable` is None for it and if there are too few days.
    """

    label: str
    model: str
    model_set: str | None
    scores: dict[str, float | int | None]
    best: bool
    best_is_better: Comparison | None

    @property
    def distinguishable(self) -> bool | None:
        """Whether the 95 % interval of the difference to the best model excludes zero."""
        return None if self.best_is_better is None else self.best_is_better.clear

    @property
    def behind(self) -> str:
        """How much better the best model is, as text; `best` for the best model."""
        return "best" if self.best else behind(self.best_is_better)


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Scores of models on the same `origins` x `steps`, of the targets in [start, end) (absolute seconds).

    `sums` (models, metrics.SUMS, days, h) and `hourly` (models, metrics.SUMS, 24) hold the sums from which every
    score is computed; `days` (days,) are wall seconds at midnight. `stride`, `kind` and `notes` are those of
    `EvaluationDays`.
    """

    timeframe: str
    time_zone: str | None
    start: int
    end: int
    is_latest: bool
    kind: str
    origins: int
    stride: int
    steps: np.ndarray
    days: np.ndarray
    labels: tuple[str, ...]
    models: tuple[str, ...]
    model_sets: tuple[str | None, ...]
    sums: np.ndarray
    hourly: np.ndarray
    seasonal_scale: float
    notes: tuple[str, ...]

    def ranking(self, metric: str = METRIC, step: int | str = ALL_STEPS) -> tuple[LeaderboardRow, ...]:
        """Return the row of each model at one step or over all (`all`), the least loss first.

        Raises InputError for a metric that is not a loss, or a step that was not forecast.
        """
        checked_loss(metric)
        daily = self._daily(step)
        losses = score(np.moveaxis(daily.sum(axis=2), 1, 0), metric, self.seasonal_scale)
        order = np.argsort(losses, kind="stable")
        return tuple(self._leaderboard_row(row, int(order[0]), daily, metric) for row in order.tolist())

    def _leaderboard_row(self, row: int, best: int, daily: np.ndarray, metric: str) -> LeaderboardRow:
        return LeaderboardRow(
            self.labels[row],
            self.models[row],
            self.model_sets[row],
            self._scores(daily[row].sum(axis=1)),
            row == best,
            None if row == best else compared(daily[best], daily[row], metric),
        )

    def _scores(self, sums: np.ndarray) -> dict[str, float | int | None]:
        values = {name: float(score(sums, name, self.seasonal_scale)) for name in RATIOS}
        known = {name: None if np.isnan(value) else value for name, value in values.items()}
        return {"n": int(sums[SUMS.index("n")]), **known}

    def by_step(self, metric: str = METRIC) -> np.ndarray:
        """Return a score by model and step (models, h); NaN if nothing was scored."""
        return score(np.moveaxis(self.sums.sum(axis=2), 1, 0), _known(metric), self.seasonal_scale)

    def by_hour(self, metric: str = METRIC) -> np.ndarray:
        """Return a score by model and hour of day in wall time (models, 24), over all steps."""
        return score(np.moveaxis(self.hourly, 1, 0), _known(metric), self.seasonal_scale)

    def by_day(self, metric: str = METRIC, step: int | str = ALL_STEPS) -> np.ndarray:
        """Return a score by model and day (models, days)."""
        return score(np.moveaxis(self._daily(step), 1, 0), _known(metric), self.seasonal_scale)

    def compare(self, one: str, other: str, metric: str = METRIC, step: int | str = ALL_STEPS) -> Comparison | None:
        """Return by what share the model labelled `one` is better than `other`; None if that is undefined."""
        daily = self._daily(step)
        return compared(daily[self._row(one)], daily[self._row(other)], checked_loss(metric))

    def statement(self, model: str | None = None, metric: str = METRIC, step: int | str = ALL_STEPS) -> str:
        """Return a sentence that compares a model (default: the best trained one) with simple rules.

        They are 'same time yesterday' and, if another rule is better, the best one.
        """
        rows = self.ranking(metric, step)
        row = next((r for r in rows if r.model == model or (not model and r.model in MAIN_MODELS)), rows[0])
        rules = [r for r in rows if r.model not in MAIN_MODELS and r.label != row.label]
        yesterday = [r for r in rules if r.model == YESTERDAY]
        rivals = dict.fromkeys(r.label for r in (*yesterday, *rules[:1]))
        comparisons = {label: self.compare(row.label, label, metric, step) for label in rivals}
        period = period_of(self.end - self.start, self.end, self.time_zone, latest=self.is_latest)
        return versus(row.label, comparisons, period, days=len(self.days))

    def steps_sentence(self, model: str, metric: str = METRIC) -> str | None:
        """Return how a model's score changes with the lead time; None for a model without scores."""
        values = self._scored(model, self.by_step(metric))
        if values is None:
            return None
        ends = [(int(self.steps[k]), format_score(metric, float(values[k]))) for k in (0, -1)]
        return over_steps(display_name(model), METRIC_NAMES[metric], *ends)

    def hours_sentence(self, model: str, metric: str = METRIC) -> str | None:
        """Return the hours of the day with a model's largest and smallest error; None for a model without scores."""
        values = self._scored(model, self.by_hour(metric))
        if values is None:
            return None
        ends = [
            (int(at(values)), format_score(metric, float(values[at(values)]))) for at in (np.nanargmax, np.nanargmin)
        ]
        return over_hours(display_name(model), *ends)

    def _scored(self, model: str, values: np.ndarray) -> np.ndarray | None:
        """Return the row of a model in values (models, k); None if it has no score."""
        if model not in self.models:
            return None
        row = values[self.models.index(model)]
        return row if np.isfinite(row).any() else None

    def _daily(self, step: int | str) -> np.ndarray:
        """Return the sums (models, SUMS, days) at a step, or over all."""
        if step == ALL_STEPS:
            return self.sums.sum(axis=3)
        column = np.flatnonzero(self.steps == step)
        if not len(column):
            steps = ", ".join(map(str, self.steps.tolist()))
            raise InputError(f"step must be {ALL_STEPS!r} or one of {steps} (got {step!r}).", field="step")
        return self.sums[..., column[0]]

    def _row(self, label: str) -> int:
        if label not in self.labels:
            raise InputError(f"model must be one of {', '.join(self.labels)} (got {label!r}).", field="model")
        return self.labels.index(label)


def leaderboard(
    series: Series,
    *,
    models: Sequence[str] = MODEL_NAMES,
    timeframe: str | None = None,
    model_set: str | None = None,
    start: int | None = None,
    end: int | None = None,
    steps: Iterable[int] = STEPS,
    stride: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Leaderboard:
    """Evaluate `models` on the days in [start, end) (absolute seconds) on which none of them was trained.

    Without `start` these are the days after training, else the validation days; a series without a set of its own is
    evaluated from its second day on. `stride` is chosen so that at most 4,000 origins remain, and noted. Raises
    InputError for values out of range, NotFound for an unknown set, HistoryTooShort if no day is left.
    """
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    if not models:
        raise InputError(f"models must name at least one of {', '.join(MODEL_NAMES)} (got none).", field="models")
    entrants = [entrant_of(series, model, model_set, settings) for model in dict.fromkeys(models)]
    return leaderboard_of(
        entrants, evaluation_days(entrants, start=start, end=end, steps=steps, stride=stride), progress
    )


def leaderboard_of(entrants: Sequence[Entrant], days: EvaluationDays, progress: Progress | None = None) -> Leaderboard:
    """Return the leaderboard of entrants on the given days; targets that one of them cannot forecast are left out."""
    count = len(entrants)
    runs = []
    for number, entrant in enumerate(entrants):
        begin, end = (_FORECAST_SHARE * k / count for k in (number, number + 1))
        runs.append(days.run(entrant, within(_labelled(progress, entrant.label), begin, end)))
    runs = _on_common_targets(runs, days.series.name)
    sums = []
    for number, (entrant, run) in enumerate(zip(entrants, runs, strict=True)):
        sums.append((run.daily_sums(), run.hourly_sums()))
        _labelled(progress, entrant.label)(_FORECAST_SHARE + (1.0 - _FORECAST_SHARE) * (number + 1) / count)
    series, longest = days.series, max(range(len(runs)), key=lambda number: entrants[number].source.seen)
    return Leaderboard(
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=series.start + days.first * series.bin_seconds,
        end=series.start + days.end * series.bin_seconds,
        is_latest=days.end == len(series),
        kind=days.kind,
        origins=days.origins,
        stride=days.stride,
        steps=days.steps,
        days=runs[0].days * DAY,
        labels=tuple(entrant.label for entrant in entrants),
        models=tuple(entrant.model for entrant in entrants),
        model_sets=tuple(entrant.model_set for entrant in entrants),
        sums=np.stack([daily for daily, _ in sums]),
        hourly=np.stack([hourly for _, hourly in sums]),
        seasonal_scale=runs[longest].seasonal_scale,
        notes=days.notes,
    )


def _on_common_targets(runs: Sequence[Backtest], name: str) -> list[Backtest]:
    """Return the runs with only the targets that all of them could forecast."""
    common = np.logical_and.reduce([np.isfinite(run.means) for run in runs])
    if not np.isfinite(runs[0].actual[common]).any():
        raise HistoryTooShort(
            f"No bin of {name!r} in this range is known and could be forecast by every model; choose a longer range.",
            field="start",
        )
    return [replace(run, means=np.where(common, run.means, np.nan)) for run in runs]


def _labelled(progress: Progress | None, label: str) -> Progress:
    """Return a Progress that names this entrant as the one at work."""
    return named(progress, label) if progress else silent


def _known(metric: str) -> str:
    if metric not in RATIOS:
        raise InputError(f"metric must be one of {', '.join(RATIOS)} (got {metric!r}).", field="metric")
    return metric
