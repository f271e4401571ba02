"""Trust: whether the intervals hold what they promise, and whether the errors have a pattern left in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasting.errors import HistoryTooShort
from forecasting.evaluation.model_names import rough, sentence
from forecasting.evaluation.ranking.entrants import STEPS, entrant_of, judged_days
from forecasting.evaluation.reliability.drift import WATCHED, Drift, drift_of
from forecasting.evaluation.reliability.quantile_counts import QuantileCounts, shares_of
from forecasting.evaluation.reliability.residuals import ErrorMemory, Residuals, error_memory, residuals_over_time
from forecasting.forecasters.base import QUANTILES
from forecasting.progress import Progress, silent, within
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

MOST_BINS = 20_000
"""The last bins whose one-step errors are looked at one after the other."""

_CLOSE = 0.03
_MEMORY = 0.1
"""A correlation of one error with the next below this is little, however certain it is."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """The calibration of one model on days that it had not learnt from: targets in [start, end), absolute seconds.

    `counts` gives reliability and histogram at a step or over all, and coverage by step, with `levels` and `steps`
    (h,); `days` (days,) are wall seconds at midnight. `kind`, `stride` and `notes` are those of `Judged`.
    """

    label: str
    model: str
    model_set: str
    timeframe: str
    time_zone: str | None
    start: int
    end: int
    kind: str
    origins: int
    stride: int
    steps: np.ndarray
    days: np.ndarray
    levels: tuple[float, ...]
    counts: QuantileCounts
    residuals: Residuals
    memory: ErrorMemory
    drift: Drift
    notes: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings in words, the most important first."""
        return self._bands(), self._memory(), *self.drift.sentences

    def _bands(self) -> str:
        inside = shares_of(self.counts.inside(WATCHED).sum(axis=1)[:, None], self.counts.known.sum(axis=1))
        observed, low, high = inside.observed[0], inside.low[0], inside.high[0]
        sure = "" if np.isnan(low) else f" (95 %: {100 * low:.0f} to {rough(high)})"
        held = f"the 80 % band of {self.label} held {rough(observed)} of what came{sure}"
        if low <= WATCHED <= high:
            return sentence(f"{held}, as it should.")
        if abs(observed - WATCHED) <= _CLOSE:
            return sentence(f"{held}, about as it should.")
        return sentence(f"{held}: it is too {'narrow' if observed < WATCHED else 'wide'}.")

    def _memory(self) -> str:
        next_bin = self.memory.correlation[0] if len(self.memory.correlation) else np.nan
        if np.isnan(next_bin):
            return "There are too few bins to tell whether one error tells the next."
        if abs(next_bin) <= max(_MEMORY, self.memory.bound[0]):
            return f"One error hardly tells the next (correlation {next_bin:.2f}): little is left to be learnt from it."
        how = "the forecast follows changes too slowly" if next_bin > 0 else "the forecast follows noise"
        return f"One error tells the next (correlation {next_bin:.2f}): {how}."


def trust(
    series: Series,
    *,
    model: str,
    timeframe: str | None = None,
    model_set: str | None = None,
    start: int | None = None,
    end: int | None = None,
    steps: Iterable[int] = STEPS,
    stride: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Reliability:
    """Look at a model's intervals and errors on the days that `leaderboard` would judge it on; raises as that does."""
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    contender = entrant_of(series, model, model_set, settings)
    judged = judged_days([contender], start=start, end=end, steps=steps, stride=stride)
    report = progress or silent
    run = judged.run(contender, within(report, 0.0, 0.5))
    if not np.isfinite(run.actual).any():
        raise HistoryTooShort(
            f"No bin of {series.name!r} in the span given is known: give a wider span.", field="start"
        )
    every_bin = judged.every_bin(MOST_BINS).run(contender, within(report, 0.5, 1.0))
    counts = QuantileCounts.of(run)
    return Reliability(
        label=contender.label,
        model=model,
        model_set=contender.model_set,
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=series.start + judged.first * series.bin_seconds,
        end=series.start + judged.end * series.bin_seconds,
        kind=judged.kind,
        origins=judged.origins,
        stride=judged.stride,
        steps=judged.steps,
        days=run.days * DAY,
        levels=QUANTILES,
        counts=counts,
        residuals=residuals_over_time(every_bin),
        memory=error_memory(every_bin),
        drift=drift_of(run, counts, contender.source.seen),
        notes=judged.notes,
    )
