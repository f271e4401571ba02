"""Before and after training: whether there is enough data, and whether the new set is better than the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import HistoryTooShort, InputError, NotFound
from forecasting.evaluation.model_names import capitalized, name_in_text, short_percent
from forecasting.evaluation.ranking.entrants import STEPS, Entrant, entrant_of, evaluation_days
from forecasting.evaluation.ranking.leaderboard import ALL_STEPS, METRIC, Leaderboard, LeaderboardRow, leaderboard_of
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.forecasters.registry import TRAINABLE_MODELS
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import candidate_of
from forecasting.model_sets.training import check_history, least_bins, validation_days
from forecasting.progress import Progress
from forecasting.settings import Settings
from forecasting.timeseries.formatting import number
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of


@dataclass(frozen=True)
class TrainingFacts:
    """The data that training on a series would use, in days; `why_not` is the reason if training is impossible.

    `held_out_days` are the last of the `known_days`: a hold-out for early stopping and the calibration of intervals,
    included in the final training. `test_days` follow the training bins and are only forecast.
    """

    timeframe: str
    known_days: float
    least_days: float
    held_out_days: int
    test_days: float
    why_not: str | None

    @property
    def enough(self) -> bool:
        """Whether there is enough data to train a model."""
        return self.why_not is None

    @property
    def held_out_share(self) -> float:
        """The share of the known days in the hold-out."""
        return min(1.0, self.held_out_days / self.known_days) if self.known_days > 0 else 0.0

    @property
    def sentence(self) -> str:
        """The facts as a sentence."""
        if self.why_not is not None:
            return self.why_not
        days, share = self.held_out_days, short_percent(self.held_out_share)
        held_out = f"the last day ({share}) is" if days == 1 else f"the last {days} days ({share}) are"
        test = f" The {number(self.test_days)} days after that are test data." if self.test_days else ""
        return f"{number(self.known_days)} known days of training data; {held_out} the hold-out for calibration.{test}"


@dataclass(frozen=True)
class Change:
    """One model before and after training, on identical targets; `better` compares the new one with the old one.

    `before` is None if nothing has forecast this series in this timeframe until now.
    """

    model: str
    before: LeaderboardRow | None
    after: LeaderboardRow
    better: Comparison | None

    @property
    def sentence(self) -> str:
        """The change as a sentence."""
        name = capitalized(name_in_text(self.model))
        if self.before is None or self.better is None:
            return f"{name} is new."
        share = short_percent(abs(self.better.share))
        if self.better.clear is False:
            return f"{name} is not clearly better or worse than before: a difference of {share} may be chance."
        caveat = "" if self.better.clear else ", but there are too few days to rule out chance"
        return f"{name} is {share} {'better' if self.better.share >= 0 else 'worse'} than before{caveat}."


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """The candidate of a set and the models in use, on days that are out of sample for both.

    `board` has both versions of every model and the evaluation days; `changes` has one entry per model.
    """

    model_set: str
    metric: str
    board: Leaderboard
    changes: tuple[Change, ...]


def training_facts(series: Series, timeframe: str | None = None, *, until: int | None = None) -> TrainingFacts:
    """Return the data that training on a series up to `until` (absolute seconds) would use; takes milliseconds.

    Raises InputError for a timeframe to which the series cannot be resampled.
    """
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    known = series.between(None, until)
    per_day = series.bins_per_day
    try:
        check_history(known)
        why_not = None
    except HistoryTooShort as error:
        why_not = error.message
    after = int(np.isfinite(series.requests_count[len(known) :]).sum())
    return TrainingFacts(
        timeframe=series.timeframe,
        known_days=int(np.isfinite(known.requests_count).sum()) / per_day,
        least_days=least_bins(series) / per_day,
        held_out_days=validation_days(known) if why_not is None else 0,
        test_days=after / per_day,
        why_not=why_not,
    )


def before_after(
    series: Series,
    model_set: str,
    *,
    timeframe: str | None = None,
    models: Sequence[str] = TRAINABLE_MODELS,
    metric: str = METRIC,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> BeforeAfter:
    """Compare the candidate of `model_set` with the models in use, for each of `models` that it has.

    The days are those after both were trained, else validation days that were out of sample for both. Raises NotFound
    without a candidate, InputError if it has none of the models, HistoryTooShort if there are no such days.
    """
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    name = candidate_of(model_set)
    has = card_of(name, settings)["models"].get(series.timeframe, {})
    wanted = [model for model in models if model in has]
    if not wanted:
        raise InputError(
            f"models must name at least one model that the candidate of {model_set!r} has at {series.timeframe}: "
            f"{', '.join(has) or 'none'} (got {', '.join(models)}).",
            field="models",
        )
    after = [entrant_of(series, model, name, settings, _label(model, "new")) for model in wanted]
    before = [entrant for model in wanted if (entrant := _in_use(series, model, settings)) is not None]
    entrants = [*before, *after]
    board = leaderboard_of(entrants, evaluation_days(entrants, steps=STEPS), progress)
    rows = {row.label: row for row in board.ranking(metric, ALL_STEPS)}
    return BeforeAfter(model_set, metric, board, tuple(_change(model, rows, board, metric) for model in wanted))


def _in_use(series: Series, model: str, settings: Settings) -> Entrant | None:
    """Return the model that forecasts the series now; None if no set has this timeframe."""
    try:
        return entrant_of(series, model, None, settings, _label(model, "now"))
    except NotFound:
        return None


def _change(model: str, rows: dict[str, LeaderboardRow], board: Leaderboard, metric: str) -> Change:
    new, now = _label(model, "new"), _label(model, "now")
    better = board.compare(new, now, metric) if now in rows else None
    return Change(model, rows.get(now), rows[new], better)


def _label(model: str, which: str) -> str:
    return f"{name_in_text(model)}, {which}"
