"""Reliability: coverage of the intervals, calibration, patterns in the errors, and drift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasting.errors import HistoryTooShort
from forecasting.evaluation.model_names import short_percent
from forecasting.evaluation.ranking.entrants import STEPS, entrant_of, evaluation_days
from forecasting.evaluation.reliability.drift import WATCHED, Drift, drift_of
from forecasting.evaluation.reliability.quantile_counts import QuantileCounts, shares_of
from forecasting.evaluation.reliability.residuals import (
    ErrorAutocorrelation,
    Residuals,
    error_autocorrelation,
    residuals_over_time,
)
from forecasting.forecasters.base import QUANTILES
from forecasting.progress import Progress, silent, within
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

MOST_BINS = 20_000
"""The most bins, counted from the last, whose one-step errors are analysed."""

_CLOSE = 0.03
_NOTABLE_CORRELATION = 0.1
"""A smaller correlation of consecutive errors is not notable, even if it is significant."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """The calibration of one model on out-of-sample days: targets in [start, end), absolute seconds.

    `counts` gives reliability and histogram at a step or over all, and coverage by step, with `levels` and `steps`
    (h,); `days` (days,) are wall seconds at midnight. `kind`, `stride` and `notes` are those of `EvaluationDays`.
    """

    label: str
    model: str
    model_set: str | None
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
    autocorrelation: ErrorAutocorrelation
    drift: Drift
    notes: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings as sentences, the most important first."""
        return self._coverage(), self._error_pattern(), *self.drift.sentences

    def _coverage(self) -> str:
        inside = shares_of(self.counts.inside(WATCHED).sum(axis=1)[:, None], self.counts.known.sum(axis=1))
        observed, low, high = inside.observed[0], inside.low[0], inside.high[0]
        interval = "" if np.isnan(low) else f" (95 %: {100 * low:.0f} to {short_percent(high)})"
        coverage = f"The 80 % interval of {self.label} covered {short_percent(observed)} of the actuals{interval}"
        if low <= WATCHED <= high:
            return f"{coverage}, as it should."
        if abs(observed - WATCHED) <= _CLOSE:
            return f"{coverage}, about as it should."
        return f"{coverage}: it is too {'narrow' if observed < WATCHED else 'wide'}."

    def _error_pattern(self) -> str:
        lags = self.autocorrelation
        next_bin = lags.correlation[0] if len(lags.correlation) else np.nan
        if np.isnan(next_bin):
            return "There are too few bins to tell whether consecutive errors are correlated."
        if abs(next_bin) <= max(_NOTABLE_CORRELATION, lags.bound[0]):
            return f"Consecutive errors are hardly correlated ({next_bin:.2f}): little is left to improve from them."
        cause = "adapts too slowly" if next_bin > 0 else "overreacts to noise"
        return f"Consecutive errors are correlated ({next_bin:.2f}): the forecast {cause}."


def reliability_of(
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
    """Return the reliability of a model on the days on which `leaderboard` would evaluate it; raises like that."""
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    entrant = entrant_of(series, model, model_set, settings)
    evaluated = evaluation_days([entrant], start=start, end=end, steps=steps, stride=stride)
    report = progress or silent
    run = evaluated.run(entrant, within(report, 0.0, 0.5))
    if not np.isfinite(run.actual).any():
        raise HistoryTooShort(
            f"No bin of {series.name!r} in this range is known; choose a longer range.", field="start"
        )
    every_bin = evaluated.every_bin(MOST_BINS).run(entrant, within(report, 0.5, 1.0))
    counts = QuantileCounts.of(run)
    return Reliability(
        label=entrant.label,
        model=model,
        model_set=entrant.model_set,
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=series.start + evaluated.first * series.bin_seconds,
        end=series.start + evaluated.end * series.bin_seconds,
        kind=evaluated.kind,
        origins=evaluated.origins,
        stride=evaluated.stride,
        steps=evaluated.steps,
        days=run.days * DAY,
        levels=QUANTILES,
        counts=counts,
        residuals=residuals_over_time(every_bin),
        autocorrelation=error_autocorrelation(every_bin),
        drift=drift_of(run, counts, entrant.source.seen),
        notes=evaluated.notes,
    )
