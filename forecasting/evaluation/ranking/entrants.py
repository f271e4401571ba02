"""The models to compare and the days to evaluate them on: the same out-of-sample targets and origins for all.

If a model set was trained on the series and at least a day follows its training bins, those days are used. If nothing
follows, its validation days are used, with the forecasts stored before the final refit. A set that was not trained on
the series is evaluated on all of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting import prediction
from forecasting.backtests.backtest import Backtest, backtest
from forecasting.errors import HistoryTooShort
from forecasting.evaluation.model_names import name_in_text
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import MODEL_NAMES, WITHOUT_SET
from forecasting.hindcasts.source import Source, source_of
from forecasting.model_sets.inventory import cards_of
from forecasting.model_sets.loading import set_for
from forecasting.progress import Progress, silent
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series

TEST, VALIDATION, ZERO_SHOT = "test", "validation", "zero-shot"

WITHOUT_TRAINED_PART = (
    "On days that a set was trained on, its default model is evaluated without its trained part, so that every "
    "forecast is out of sample."
)

STEPS = tuple(range(1, 13))
MOST_ORIGINS = 4_000
"""The most origins unless a stride is given: more of them hardly change a score."""


@dataclass(frozen=True, eq=False)
class Entrant:
    """One model of one set on one series; `label` is unique among those compared."""

    label: str
    source: Source

    @property
    def model(self) -> str:
        """The registered name of the model."""
        return self.source.fitted.name

    @property
    def model_set(self) -> str | None:
        """The set that the model is from; None if nothing trained is used."""
        return self.source.fitted.model_set


def entrant_of(
    series: Series, model: str, model_set: str | None, settings: Settings, label: str | None = None
) -> Entrant:
    """Return a model on a series in its own timeframe, by default from the set that forecasts would use.

    Raises InputError for an unknown model, NotFound for an unknown set.
    """
    fitted, seen = prediction.chosen(series, model, model_set, settings)
    return Entrant(label or name_in_text(model), source_of(series, fitted, seen, settings))


def models_for(series: Series, settings: Settings) -> tuple[str, ...]:
    """Return the models that can forecast a series in its own timeframe, the default one first.

    Those that need a set are from one trained on this series, else from the shipped one.
    """
    hashes = series.day_hashes()
    sets = {name: set_for(hashes, series.timeframe, name, settings) for name in MODEL_NAMES if name not in WITHOUT_SET}
    cards = cards_of(settings)
    usable = {name: cards[name]["models"].get(series.timeframe, {}) for name in set(sets.values()) & set(cards)}
    return *WITHOUT_SET, *(model for model, name in sets.items() if model in usable.get(name, {}))


@dataclass(frozen=True, eq=False)
class EvaluationDays:
    """The targets in bins [first, end) of `series`, forecast for `steps` (h,) from every `stride`-th origin.

    `kind` is `test`, `validation` or `zero-shot`. `notes` are sentences that a reader of the scores should know.
    """

    series: Series
    first: int
    end: int
    steps: np.ndarray
    stride: int
    kind: str
    notes: tuple[str, ...] = ()

    @property
    def origins(self) -> int:
        """The number of origins."""
        return len(range(*self._origins_between, self.stride))

    @property
    def _origins_between(self) -> tuple[int, int]:
        return max(0, self.first - int(self.steps.max())), self.end - int(self.steps.min())

    def run(self, entrant: Entrant, report: Progress = silent) -> Backtest:
        """Return the backtest of one entrant."""
        source = entrant.source
        stored = source.needs_stored and source.seen > self.first
        return backtest(
            self.series,
            source.fitted,
            first_target=self.first,
            end_target=self.end,
            steps=self.steps,
            stride=self.stride,
            # Stored forecasts were made before training included their days: none is in sample
            in_sample_until=0 if source.seen > self.first else source.seen,
            progress=report,
            means_of=source.means if stored else None,
        )

    def every_bin(self, most: int) -> EvaluationDays:
        """Return the next step from each of at most the last `most` origins, so that errors are consecutive."""
        return replace(self, first=max(self.first, self.end - most), steps=np.array([1]), stride=1)


def evaluation_days(
    entrants: Sequence[Entrant],
    *,
    start: int | None = None,
    end: int | None = None,
    steps: Iterable[int] = STEPS,
    stride: int | None = None,
) -> EvaluationDays:
    """Return the days of the entrants' series to evaluate on, within [start, end) (absolute seconds).

    Days on which one of them was trained are left out, with a note. Raises InputError for steps or stride out of range,
    HistoryTooShort if no day is left.
    """
    series, seen = entrants[0].source.series, max(entrant.source.seen for entrant in entrants)
    stored = [entrant.source for entrant in entrants if entrant.source.needs_stored]
    numbers = np.array(sorted({prediction.whole_number(step, "steps", MAX_HORIZON) for step in steps}))
    last = len(series) if end is None else min(len(series), series.position(end - 1) + 1)
    first = _default_first(series, seen) if start is None else max(1, series.position(start - 1) + 1)
    if first is None or first < seen:
        numbers, step_notes = _stored_steps(stored, numbers)
        earliest = _earliest(series, stored, int(numbers[-1]))
        step_notes += _moved(series, first, earliest)
        first = max(first or 0, earliest)
    else:
        step_notes = ()
    if first >= last:
        raise HistoryTooShort(_nothing_left(series, first), field="end" if end is not None else "start")
    kind = ZERO_SHOT if not seen else VALIDATION if first < seen else TEST
    days = EvaluationDays(series, first, last, numbers, 1, kind, (*step_notes, *_notes(entrants, kind)))
    return _with_stride(days, stride)


def _default_first(series: Series, seen: int) -> int | None:
    """Return the first target: after training, else after the first day; None if less than a day follows training."""
    if not seen:
        return max(1, min(series.bins_per_day, len(series) // 2))
    enough = np.isfinite(series.requests_count[seen:]).sum() >= series.bins_per_day
    return seen if enough else None


def _earliest(series: Series, stored: Sequence[Source], furthest: int) -> int:
    """Return the first target of the training days for which every entrant has forecasts that are out of sample."""
    if stored:
        return max(source.stored_from for source in stored) + furthest
    return max(1, min(series.bins_per_day, len(series) // 2))


def _stored_steps(stored: Sequence[Source], steps: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the steps for which every set that needs stored forecasts has them."""
    furthest = min((int(source.stored_steps[-1]) for source in stored), default=MAX_HORIZON)
    if steps[-1] <= furthest:
        return steps, ()
    available = steps[steps <= furthest] if steps[0] <= furthest else np.array([furthest])
    return available, (f"Forecasts of these days are stored for {furthest} steps; later steps are left out.",)


def _moved(series: Series, first: int | None, earliest: int) -> tuple[str, ...]:
    if first is None or first >= earliest:
        return ()
    moment = wall_text(series.start + earliest * series.bin_seconds, series.time_zone)
    return (f"Days before {moment} were used for training and are left out.",)


def _nothing_left(series: Series, first: int) -> str:
    moment = wall_text(series.start + first * series.bin_seconds, series.time_zone)
    return (
        f"{series.name!r} has no out-of-sample bin in this range; it must reach beyond {moment}. Choose a longer range "
        "or append points."
    )


def _notes(entrants: Sequence[Entrant], kind: str) -> tuple[str, ...]:
    notes = [note for c in entrants for note in c.source.fitted.notes]
    notes += [note for c in entrants if not c.source.seen for note in prediction.zero_shot(c.source.fitted)]
    if kind == VALIDATION and any(c.source.seen and not c.source.needs_stored for c in entrants):
        notes.append(WITHOUT_TRAINED_PART)
    if kind == VALIDATION and any(c.source.needs_stored for c in entrants):
        notes.append(
            "These are validation days: the forecasts were made before the final training included them, but early "
            "stopping and interval widths were chosen on them, so coverage is right here by construction."
        )
    return tuple(dict.fromkeys(notes))


def _with_stride(days: EvaluationDays, stride: int | None) -> EvaluationDays:
    """Set the stride, by default the smallest that leaves at most MOST_ORIGINS.

    A stride coprime to the number of bins in a day visits every time of day in turn.
    """
    if stride is not None:
        return replace(days, stride=prediction.whole_number(stride, "stride", 1_000_000))
    every = days.origins
    stride = -(-every // MOST_ORIGINS)
    while math.gcd(stride, days.series.bins_per_day) > 1:
        stride += 1
    if stride == 1:
        return days
    note = f"Forecasts start from one in {stride} of the {every:,} origins."
    return replace(days, stride=stride, notes=(*days.notes, note))
