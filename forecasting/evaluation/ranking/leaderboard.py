"""The leaderboard: models and baselines on identical targets, by horizon, hour and day, and who is really better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.metrics import RATIOS, SUMS
from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.model_names import name_of
from forecasting.evaluation.ranking.entrants import STEPS, Entrant, Judged, entrant_of, judged_days
from forecasting.evaluation.ranking.ranking_statements import behind, over_hours, over_steps, period_of, versus
from forecasting.evaluation.ranking.scoring import METRIC_NAMES, Comparison, checked_loss, compared, score, written
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.progress import Progress, named, silent, within
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

PATH = "all"
"""The horizon that pools every step."""

YESTERDAY = "seasonal_naive"
METRIC = "mae"

_FORECAST_SHARE = 0.7


@dataclass(frozen=True)
class Standing:
    """One model's row: its scores by name (and `n`, the targets), and how the best one stands to it.

    `best_is_better` is None for the best itself. `distinguishable` is None for it and where there are too few days.
    """

    label: str
    model: str
    model_set: str
    scores: dict[str, float | int | None]
    best: bool
    best_is_better: Comparison | None

    @property
    def distinguishable(self) -> bool | None:
        """Whether chance in the days does not explain that the best one is ahead."""
        return None if self.best_is_better is None else self.best_is_better.clear

    @property
    def behind(self) -> str:
        """By how much the best one is better, in words; `best` for it itself."""
        return "best" if self.best else behind(self.best_is_better)


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Scores of models on the same `origins` x `steps`, of the targets in [start, end) (absolute seconds).

    `sums` (models, metrics.SUMS, days, h) and `hourly` (models, metrics.SUMS, 24) are what every figure follows from;
    `days` (days,) are wall seconds at midnight. `stride`, `kind` and `notes` are those of `Judged`.
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
    model_sets: tuple[str, ...]
    sums: np.ndarray
    hourly: np.ndarray
    seasonal_scale: float
    notes: tuple[str, ...]

    def standings(self, metric: str = METRIC, step: int | str = PATH) -> tuple[Standing, ...]:
        """Every model's row at one step or over all (`all`), the least loss first.

        Raises InputError for a metric that ranks nothing, or a step that was not forecast.
        """
        checked_loss(metric)
        daily = self._daily(step)
        losses = score(np.moveaxis(daily.sum(axis=2), 1, 0), metric, self.seasonal_scale)
        order = np.argsort(losses, kind="stable")
        return tuple(self._standing(row, int(order[0]), daily, metric) for row in order.tolist())

    def _standing(self, row: int, best: int, daily: np.ndarray, metric: str) -> Standing:
        return Standing(
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
        """A score of every model and step (models, h); NaN where nothing was scored."""
        return score(np.moveaxis(self.sums.sum(axis=2), 1, 0), _known(metric), self.seasonal_scale)

    def by_hour(self, metric: str = METRIC) -> np.ndarray:
        """A score of every model and hour of day on the wall clock (models, 24), over all steps."""
        return score(np.moveaxis(self.hourly, 1, 0), _known(metric), self.seasonal_scale)

    def by_day(self, metric: str = METRIC, step: int | str = PATH) -> np.ndarray:
        """A score of every model and day (models, days)."""
        return score(np.moveaxis(self._daily(step), 1, 0), _known(metric), self.seasonal_scale)

    def compare(self, one: str, other: str, metric: str = METRIC, step: int | str = PATH) -> Comparison | None:
        """By what share the model labelled `one` is better than `other`; None where that has no meaning."""
        daily = self._daily(step)
        return compared(daily[self._row(one)], daily[self._row(other)], checked_loss(metric))

    def statement(self, model: str | None = None, metric: str = METRIC, step: int | str = PATH) -> str:
        """One sentence: how a model (the best trained one where none is named) has done against simple rules.

        They are 'same time yesterday', and the best of the others where another one is better than that.
        """
        standings = self.standings(metric, step)
        mine = next((s for s in standings if s.model == model or (not model and s.model in MAIN_MODELS)), standings[0])
        rules = [s for s in standings if s.model not in MAIN_MODELS and s.label != mine.label]
        yesterday = [s for s in rules if s.model == YESTERDAY]
        against = dict.fromkeys(s.label for s in (*yesterday, *rules[:1]))
        found = {label: self.compare(mine.label, label, metric, step) for label in against}
        period = period_of(self.end - self.start, self.end, self.time_zone, latest=self.is_latest)
        return versus(mine.label, found, period, days=len(self.days))

    def steps_sentence(self, model: str, metric: str = METRIC) -> str | None:
        """How a model's score changes with how far ahead it forecasts; None for one that is not judged."""
        values = self._scored(model, self.by_step(metric))
        if values is None:
            return None
        ends = [(int(self.steps[k]), written(metric, float(values[k]))) for k in (0, -1)]
        return over_steps(name_of(model), METRIC_NAMES[metric], *ends)

    def hours_sentence(self, model: str, metric: str = METRIC) -> str | None:
        """When in the day a model is furthest off and when closest; None for one that is not judged."""
        values = self._scored(model, self.by_hour(metric))
        if values is None:
            return None
        ends = [(int(at(values)), written(metric, float(values[at(values)]))) for at in (np.nanargmax, np.nanargmin)]
        return over_hours(name_of(model), *ends)

    def _scored(self, model: str, values: np.ndarray) -> np.ndarray | None:
        """The row of a model in values (models, k); None where it has no score."""
        if model not in self.models:
            return None
        row = values[self.models.index(model)]
        return row if np.isfinite(row).any() else None

    def _daily(self, step: int | str) -> np.ndarray:
        """Sums (models, SUMS, days) at a step, or over all."""
        if step == PATH:
            return self.sums.sum(axis=3)
        column = np.flatnonzero(self.steps == step)
        if not len(column):
            written = ", ".join(map(str, self.steps.tolist()))
            raise InputError(f"step is {step!r}; write {PATH!r} or one of {written}.", field="step")
        return self.sums[..., column[0]]

    def _row(self, label: str) -> int:
        if label not in self.labels:
            raise InputError(f"model is {label!r}; write one of {', '.join(self.labels)}.", field="model")
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
    """Judge `models` on the days of [start, end) (absolute seconds) that none of them has learnt from.

    Without `start` these are the days after training, else the validation days; a series that no set knows is judged
    from its second day on. `stride` is chosen so that at most 4,000 origins remain, and noted. Raises InputError for
    values out of range, NotFound for a set that does not exist, HistoryTooShort where no day is left.
    """
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    if not models:
        raise InputError(f"models is empty; write some of {', '.join(MODEL_NAMES)}.", field="models")
    contenders = [entrant_of(series, model, model_set, settings) for model in dict.fromkeys(models)]
    return board_of(contenders, judged_days(contenders, start=start, end=end, steps=steps, stride=stride), progress)


def board_of(contenders: Sequence[Entrant], judged: Judged, progress: Progress | None = None) -> Leaderboard:
    """The leaderboard of contenders on the days chosen for them; a target that one cannot forecast counts for none."""
    count = len(contenders)
    runs = []
    for number, contender in enumerate(contenders):
        begin, end = (_FORECAST_SHARE * k / count for k in (number, number + 1))
        runs.append(judged.run(contender, within(_labelled(progress, contender.label), begin, end)))
    runs = _on_common_targets(runs, judged.series.name)
    sums = []
    for number, (contender, run) in enumerate(zip(contenders, runs, strict=True)):
        sums.append((run.daily_sums(), run.hourly_sums()))
        _labelled(progress, contender.label)(_FORECAST_SHARE + (1.0 - _FORECAST_SHARE) * (number + 1) / count)
    series, longest = judged.series, max(range(len(runs)), key=lambda number: contenders[number].source.seen)
    return Leaderboard(
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=series.start + judged.first * series.bin_seconds,
        end=series.start + judged.end * series.bin_seconds,
        is_latest=judged.end == len(series),
        kind=judged.kind,
        origins=judged.origins,
        stride=judged.stride,
        steps=judged.steps,
        days=runs[0].days * DAY,
        labels=tuple(contender.label for contender in contenders),
        models=tuple(contender.model for contender in contenders),
        model_sets=tuple(contender.model_set for contender in contenders),
        sums=np.stack([daily for daily, _ in sums]),
        hourly=np.stack([hourly for _, hourly in sums]),
        seasonal_scale=runs[longest].seasonal_scale,
        notes=judged.notes,
    )


def _on_common_targets(runs: Sequence[Backtest], name: str) -> list[Backtest]:
    """The same runs with only those forecasts that every one of them could make."""
    common = np.logical_and.reduce([np.isfinite(run.means) for run in runs])
    if not np.isfinite(runs[0].actual[common]).any():
        raise HistoryTooShort(
            f"No bin of {name!r} in the span given is known and could be forecast by every model: give a wider span.",
            field="start",
        )
    return [replace(run, means=np.where(common, run.means, np.nan)) for run in runs]


def _labelled(progress: Progress | None, label: str) -> Progress:
    """A Progress that names this contender as being at work."""
    return named(progress, label) if progress else silent


def _known(metric: str) -> str:
    if metric not in RATIOS:
        raise InputError(f"metric is {metric!r}; write one of {', '.join(RATIOS)}.", field="metric")
    return metric
