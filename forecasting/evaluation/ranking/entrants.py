"""Who is judged and on which days: forecasts of bins that none of the models had learnt from, by all from one origin.

Where a model set was trained on the series and at least a day follows its training bins, those days are judged. Where
nothing follows, its validation days are: with the forecasts stored before the final refit. A set that never saw the
series is judged on all of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting import prediction
from forecasting.backtests.backtest import Backtest, backtest
from forecasting.errors import HistoryTooShort
from forecasting.evaluation.model_names import label_of
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.hindcasts.source import Source, source_of
from forecasting.model_sets.loading import card_of, set_for
from forecasting.progress import Progress, silent
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series

TEST, VALIDATION, ZERO_SHOT = "test", "validation", "zero-shot"

STEPS = tuple(range(1, 13))
MOST_ORIGINS = 4_000
"""Origins that are forecast from at most, unless a stride is given: more of them hardly move a score."""


@dataclass(frozen=True, eq=False)
class Entrant:
    """One model of one set on one series; `label` tells it from the others."""

    label: str
    source: Source

    @property
    def model(self) -> str:
        """Its registered name."""
        return self.source.fitted.forecaster.name

    @property
    def model_set(self) -> str:
        """The set it is from."""
        return self.source.fitted.model_set


def entrant_of(
    series: Series, model: str, model_set: str | None, settings: Settings, label: str | None = None
) -> Entrant:
    """A model on a series in its own timeframe, from the set that would be used where none is named.

    Raises InputError for an unknown model, NotFound for a set that does not exist.
    """
    fitted, seen = prediction.chosen(series, model, model_set, settings)
    return Entrant(label or label_of(model), source_of(series, fitted, seen, settings))


def models_for(series: Series, settings: Settings) -> tuple[str, ...]:
    """The models that can forecast a series in its own timeframe, trained ones first; none where no set has its bins.

    Each is from a set trained on this very series, else from the shipped one.
    """
    hashes = series.day_hashes()
    sets = {name: set_for(hashes, series.timeframe, name, settings) for name in MODEL_NAMES}
    cards = {name: card_of(name, settings)["models"].get(series.timeframe, {}) for name in set(sets.values())}
    return tuple(model for model, name in sets.items() if model in cards[name])


@dataclass(frozen=True, eq=False)
class Judged:
    """The targets in bins [first, end) of `series`, forecast for `steps` (h,) from every `stride`-th origin.

    `kind` is what the days were to the models: `test`, `validation` or `zero-shot`. `notes` say in words what a reader
    of the figures should know.
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
        """How many origins are forecast from."""
        return len(range(*self._origins_between, self.stride))

    @property
    def _origins_between(self) -> tuple[int, int]:
        return max(0, self.first - int(self.steps.max())), self.end - int(self.steps.min())

    def run(self, contender: Entrant, report: Progress = silent) -> Backtest:
        """The backtest of one contender."""
        source = contender.source
        stored = source.seen > self.first
        return backtest(
            self.series,
            source.fitted,
            first_target=self.first,
            end_target=self.end,
            steps=self.steps,
            stride=self.stride,
            # Stored forecasts were made by a model that had not seen their days: nothing is in sample then.
            in_sample_until=0 if stored else source.seen,
            progress=report,
            means_of=source.means if stored else None,
        )

    def every_bin(self, most: int) -> Judged:
        """The very next step from each of the last `most` origins at most, so that errors follow one another."""
        return replace(self, first=max(self.first, self.end - most), steps=np.array([1]), stride=1)


def judged_days(
    contenders: Sequence[Entrant],
    *,
    start: int | None = None,
    end: int | None = None,
    steps: Iterable[int] = STEPS,
    stride: int | None = None,
) -> Judged:
    """The days of the contenders' series to judge on, within [start, end) (absolute seconds).

    Days that one of them was fitted on are left out, with a note. Raises InputError for steps or stride out of range,
    HistoryTooShort where no day is left.
    """
    series, seen = contenders[0].source.series, max(contender.source.seen for contender in contenders)
    numbers = np.array(sorted({prediction.whole_number(step, "steps", MAX_HORIZON) for step in steps}))
    last = len(series) if end is None else min(len(series), series.position(end - 1) + 1)
    first = _default_first(series, seen) if start is None else max(1, series.position(start - 1) + 1)
    if first is None or first < seen:
        numbers, step_notes = _stored_steps(contenders, numbers)
        earliest = max(c.source.stored_from for c in contenders if c.source.seen) + int(numbers[-1])
        step_notes += _moved(series, first, earliest)
        first = max(first or 0, earliest)
    else:
        step_notes = ()
    if first >= last:
        raise HistoryTooShort(_nothing_left(series, first), field="end" if end is not None else "start")
    kind = ZERO_SHOT if not seen else VALIDATION if first < seen else TEST
    found = Judged(series, first, last, numbers, 1, kind, (*step_notes, *_notes(contenders, kind)))
    return _strided(found, stride)


def _default_first(series: Series, seen: int) -> int | None:
    """The first target: of an unseen series after a day, else after training; None without a day to test on."""
    if not seen:
        return max(1, min(series.bins_per_day, len(series) // 2))
    enough = np.isfinite(series.requests_count[seen:]).sum() >= series.bins_per_day
    return seen if enough else None


def _stored_steps(contenders: Sequence[Entrant], steps: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The steps that every set trained on the series has stored forecasts of, or lies between such."""
    furthest = min(int(c.source.stored_steps[-1]) for c in contenders if c.source.seen)
    if steps[-1] <= furthest:
        return steps, ()
    kept = steps[steps <= furthest] if steps[0] <= furthest else np.array([furthest])
    return kept, (f"Forecasts of these days are stored for {furthest} steps: later ones are left out.",)


def _moved(series: Series, first: int | None, earliest: int) -> tuple[str, ...]:
    if first is None or first >= earliest:
        return ()
    moment = wall_text(series.start + earliest * series.bin_seconds, series.time_zone)
    return (f"Days before {moment} were learnt from: they are left out.",)


def _nothing_left(series: Series, first: int) -> str:
    moment = wall_text(series.start + first * series.bin_seconds, series.time_zone)
    return (
        f"{series.name!r} has no bin in the span given that its models can be judged on; it would have to reach beyond "
        f"{moment}. Give a wider span, or append points."
    )


def _notes(contenders: Sequence[Entrant], kind: str) -> tuple[str, ...]:
    notes = [prediction.zero_shot(c.source.fitted) for c in contenders if not c.source.seen]
    if kind == VALIDATION:
        notes.append(
            "These are validation days: the forecasts were made before the models learnt from them, but how long to "
            "learn and how wide to make the intervals was chosen by them, so coverage is right here by construction."
        )
    return tuple(dict.fromkeys(notes))


def _strided(judged: Judged, stride: int | None) -> Judged:
    """With the stride given, else the smallest under which at most MOST_ORIGINS remain.

    One that shares no factor with the day's bins meets every minute of the hour and hour of the day in turn.
    """
    if stride is not None:
        return replace(judged, stride=prediction.whole_number(stride, "stride", 1_000_000))
    every = judged.origins
    stride = -(-every // MOST_ORIGINS)
    while math.gcd(stride, judged.series.bins_per_day) > 1:
        stride += 1
    if stride == 1:
        return judged
    note = f"Forecast from one in {stride} of {every:,} origins."
    return replace(judged, stride=stride, notes=(*judged.notes, note))
