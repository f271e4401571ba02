"""Drift: whether the evaluation days are like the days before, and whether interval coverage has fallen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.day_blocks import LEAST_DAYS, day_weights, interval_95
from forecasting.evaluation.model_names import short_percent
from forecasting.evaluation.reliability.quantile_counts import QuantileCounts
from forecasting.timeseries.formatting import number
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, WEEK

WATCHED = 0.8
"""The central interval whose coverage is monitored."""

_NOTABLE, _NOTABLE_NOISE = 0.1, 0.25
"""Smaller relative changes of level or noise are not reported as a change."""


@dataclass(frozen=True)
class Drift:
    """The evaluation days (`now`) against the days before them (`before`; None if less than a day of it is known).

    `level` is in requests per bin, that of `before` at the same hours of the week. `noise` is the dispersion, half the
    mean squared difference of neighbouring bins over their mean, in requests. `bias` is the mean error over the mean
    demand, above 0 if forecasts are too high. The coverage of the 80 % interval in the last `recent_days` is compared
    with that of the days before those; `fell` is whether it is clearly lower, None if there are too few days.
    """

    reference: str
    level_now: float
    level_before: float | None
    noise_now: float | None
    noise_before: float | None
    bias: float | None
    recent_days: int
    coverage_recent: float | None
    coverage_earlier: float | None
    fell: bool | None
    bin_seconds: int

    @property
    def level_change(self) -> float | None:
        """The relative change of the level."""
        return _change(self.level_now, self.level_before)

    @property
    def noise_change(self) -> float | None:
        """The relative change of the noise."""
        return _change(self.noise_now, self.noise_before)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings as sentences."""
        return tuple(text for text in (self._level(), self._noise(), self._bias(), self._coverage()) if text)

    def _level(self) -> str | None:
        if self.level_before is None or self.level_change is None:
            return None
        now, before = (number(level * MINUTE / self.bin_seconds) for level in (self.level_now, self.level_before))
        figures = f"{now} requests/min, against {before} at the same hours before"
        if abs(self.level_change) < _NOTABLE:
            return f"Traffic is at the level of {self.reference}: {figures}."
        direction = "higher" if self.level_change > 0 else "lower"
        return f"Traffic is {short_percent(abs(self.level_change))} {direction} than on {self.reference}: {figures}."

    def _noise(self) -> str | None:
        if self.noise_change is None:
            return None
        if abs(self.noise_change) < _NOTABLE_NOISE:
            return f"Its noise is the same as on {self.reference}."
        direction = "higher" if self.noise_change > 0 else "lower"
        share = short_percent(abs(self.noise_change))
        return f"Its noise is {share} {direction} than on {self.reference}; the intervals adapt to it."

    def _bias(self) -> str | None:
        if self.bias is None:
            return None
        if abs(self.bias) < 0.02:
            return "Forecasts are unbiased: the mean error is within 2 % of the demand."
        return f"Forecasts are {short_percent(abs(self.bias))} too {'high' if self.bias > 0 else 'low'} on average."

    def _coverage(self) -> str | None:
        if self.fell is None or self.coverage_recent is None or self.coverage_earlier is None:
            return None
        recent, earlier = short_percent(self.coverage_recent), short_percent(self.coverage_earlier)
        figures = f"{recent} in the last {self.recent_days} days, {earlier} before"
        if self.fell:
            return f"Coverage of the 80 % interval has fallen: {figures}. Training again may help."
        return f"Coverage of the 80 % interval is as before: {figures}."


def drift_of(run: Backtest, counts: QuantileCounts, trained: int) -> Drift:
    """Return the drift in the days of a backtest; the first `trained` bins are training data (0: none)."""
    series, (first, end) = run.series, _span(run)
    known_before = series.slice(0, min(trained or first, first))
    enough = np.isfinite(known_before.requests_count).sum() >= series.bins_per_day
    now = series.slice(first, end)
    error, demand = np.nansum(run.means - run.actual), np.nansum(run.actual)
    recent_days = max(LEAST_DAYS, len(counts.known) // 3)
    recent, earlier, fell = _coverages(counts, recent_days)
    return Drift(
        reference="the training days" if trained else "the days before",
        level_now=float(np.nanmean(now.requests_count)),
        level_before=_at_the_same_hours(known_before, now) if enough else None,
        noise_now=dispersion(now),
        noise_before=dispersion(known_before) if enough else None,
        bias=float(error / demand) if demand > 0 else None,
        recent_days=recent_days,
        coverage_recent=recent,
        coverage_earlier=earlier,
        fell=fell,
        bin_seconds=series.bin_seconds,
    )


def _at_the_same_hours(before: Series, now: Series) -> float:
    """Return the level of `before`, weighted to the hours of the week (else of the day) of `now`."""
    then, known, here = before.requests_count, np.isfinite(before.requests_count), np.isfinite(now.requests_count)
    for hours in (WEEK // HOUR, DAY // HOUR):
        slot, wanted = (series.wall // HOUR % hours for series in (before, now))
        count = np.bincount(slot[known], minlength=hours)
        if (count[wanted[here]] > 0).all():
            means = np.bincount(slot[known], weights=then[known], minlength=hours) / np.maximum(count, 1)
            return float(means[wanted[here]].mean())
    return float(then[known].mean())


def dispersion(series: Series) -> float | None:
    """Return half the mean squared difference of neighbours over the mean, in requests; None if undefined."""
    counts = series.requests_count
    squares = np.diff(counts) ** 2
    if not np.isfinite(squares).any() or not np.nanmean(counts) > 0:
        return None
    return float(np.nanmean(squares) / (2.0 * np.nanmean(counts)))


def _span(run: Backtest) -> tuple[int, int]:
    """Return the positions of the first and behind the last scored target."""
    targets = (run.origins[:, None] + run.steps)[np.isfinite(run.means)]
    return int(targets.min()), int(targets.max()) + 1


def _coverages(counts: QuantileCounts, recent_days: int) -> tuple[float | None, float | None, bool | None]:
    """Return the coverage of the last days and of those before, and whether the first is clearly lower."""
    inside, known = counts.inside(WATCHED).sum(axis=1), counts.known.sum(axis=1)
    if len(known) < recent_days + LEAST_DAYS:
        return None, None, None
    samples = []
    for seed, part in enumerate((slice(-recent_days, None), slice(None, -recent_days))):
        weights = day_weights(len(known[part]), seed=seed)
        with np.errstate(invalid="ignore", divide="ignore"):
            samples.append((weights @ inside[part]) / (weights @ known[part]))
    recent, earlier = samples
    interval = interval_95((recent - earlier)[1:], min(recent_days, len(known) - recent_days))
    if interval is None or not np.isfinite(recent[0] - earlier[0]):
        return None, None, None
    return float(recent[0]), float(earlier[0]), interval[1] < 0


def _change(now: float | None, before: float | None) -> float | None:
    return now / before - 1.0 if now is not None and before else None
