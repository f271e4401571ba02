"""Before and after training: is there enough to learn from, and is the new set better than what is used now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import HistoryTooShort, InputError, NotFound
from forecasting.evaluation.model_names import label_of, rough, sentence
from forecasting.evaluation.ranking.entrants import STEPS, Entrant, entrant_of, judged_days
from forecasting.evaluation.ranking.leaderboard import METRIC, PATH, Leaderboard, Standing, board_of
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.forecasters.registry import MAIN_MODELS
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
    """What training on a series would learn from, in days; `why_not` says why it cannot, None where it can.

    `held_out_days` are the last of the `known_days`, from which nothing is learnt at first: they choose how long to
    learn and calibrate the intervals. `test_days` follow the training bins and are only forecast.
    """

    timeframe: str
    known_days: float
    least_days: float
    held_out_days: int
    test_days: float
    why_not: str | None

    @property
    def enough(self) -> bool:
        """Whether a model can be trained."""
        return self.why_not is None

    @property
    def held_out_share(self) -> float:
        """The share of the known days that is held out at first."""
        return min(1.0, self.held_out_days / self.known_days) if self.known_days > 0 else 0.0

    @property
    def sentence(self) -> str:
        """All of it in words."""
        if self.why_not is not None:
            return self.why_not
        days, share = self.held_out_days, rough(self.held_out_share)
        held_out = f"the last day ({share}) is" if days == 1 else f"the last {days} ({share}) are"
        test = f" {number(self.test_days)} days after that are only forecast, as a test." if self.test_days else ""
        return (
            f"{number(self.known_days)} known days to learn from, of which {held_out} held out at first to calibrate "
            f"on.{test}"
        )


@dataclass(frozen=True)
class Change:
    """One model before and after training, on identical targets; `better` is by how much the new one is.

    `before` is None where nothing forecast this series in this timeframe until now.
    """

    model: str
    before: Standing | None
    after: Standing
    better: Comparison | None

    @property
    def sentence(self) -> str:
        """The change in words."""
        name = sentence(label_of(self.model))
        if self.before is None or self.better is None:
            return f"{name} is new."
        share = rough(abs(self.better.share))
        if self.better.clear is False:
            return f"{name} is no better and no worse than before: {share} is within what chance in the days explains."
        unsure = "" if self.better.clear else ", on too few days to rule out chance"
        return f"{name} is {share} {'better' if self.better.share >= 0 else 'worse'} than before{unsure}."


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """The candidate of a set beside what is used now, on days that neither has learnt from.

    `board` has both of every model, and how the days were chosen; `changes` has a row a model.
    """

    model_set: str
    metric: str
    board: Leaderboard
    changes: tuple[Change, ...]


def training_facts(series: Series, timeframe: str | None = None, *, until: int | None = None) -> TrainingFacts:
    """What training on a series up to `until` (absolute seconds) would find; a few milliseconds.

    Raises InputError for a timeframe that the series cannot be summed to.
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
    models: Sequence[str] = MAIN_MODELS,
    metric: str = METRIC,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> BeforeAfter:
    """Compare the candidate of `model_set` with what forecasts the series now, by each of `models` that it has.

    They are judged on the days after both were trained, else on validation days that neither had learnt from when its
    forecasts were made. Raises NotFound without a candidate, InputError where it has none of the models,
    HistoryTooShort where there are no such days.
    """
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    name = candidate_of(model_set)
    has = card_of(name, settings)["models"].get(series.timeframe, {})
    wanted = [model for model in models if model in has]
    if not wanted:
        raise InputError(
            f"models is {', '.join(models)}; write some that the candidate of {model_set!r} has at "
            f"{series.timeframe}: {', '.join(has) or 'none'}.",
            field="models",
        )
    after = [entrant_of(series, model, name, settings, _label(model, "new")) for model in wanted]
    before = [found for model in wanted if (found := _used_now(series, model, settings)) is not None]
    contenders = [*before, *after]
    board = board_of(contenders, judged_days(contenders, steps=STEPS), progress)
    rows = {row.label: row for row in board.standings(metric, PATH)}
    return BeforeAfter(model_set, metric, board, tuple(_change(model, rows, board, metric) for model in wanted))


def _used_now(series: Series, model: str, settings: Settings) -> Entrant | None:
    """What forecasts the series now; None where no set has this timeframe."""
    try:
        return entrant_of(series, model, None, settings, _label(model, "now"))
    except NotFound:
        return None


def _change(model: str, rows: dict[str, Standing], board: Leaderboard, metric: str) -> Change:
    new, now = _label(model, "new"), _label(model, "now")
    better = board.compare(new, now, metric) if now in rows else None
    return Change(model, rows.get(now), rows[new], better)


def _label(model: str, which: str) -> str:
    return f"{label_of(model)}, {which}"
