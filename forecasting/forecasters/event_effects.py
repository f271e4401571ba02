"""Known events in forecasts: what the traffic is without them, and by which factor each one multiplies it.

A forecaster sees the history with past events taken out: each of their bins divided by the factor that was known when
the event began. Its forecast of a bin in an event is then multiplied by that event's factor, given or learned from the
occurrences that ended by the origin. Every other bin is forecast from the history as it was, so that a calendar moves
the days it names and no other. Nothing after an origin reaches its factors.

The factor of one past occurrence is its requests over those usual at its times: the median of the same time in the last
weeks, else days, without events whose factor is learned. Learned factors are geometric means, the latest occurrence
counts most, drawn towards 1 (a holiday: towards that of the calendar's other holidays) as if that had been seen too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.known_events import KnownEvent
from forecasting.timeseries.occasions import Occurrence
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

LOOKED_BACK = (tuple(k * WEEK for k in range(1, 5)), tuple(k * DAY for k in range(1, 8)))
"""Seconds back to the bins that tell what is usual: weeks, and days if no week is known."""

FORGETTING, PRIOR = 0.8, 0.3
"""The weight of an occurrence before the last one, and that of the prior, in occurrences."""

LEAST_RATIO, MOST_RATIO = 0.02, 50.0
USUAL_DOUBT, LEAST_DOUBT = 0.3, 0.05
"""The relative standard deviation of a factor between occurrences: if there is one, and at least."""

_EFFECTS: Derived[EventEffects] = Derived()


@dataclass(eq=False)
class _Learning:
    """The occurrences of one event that have ended, in order: their ends (bins), labels and logarithms of factors."""

    event: KnownEvent
    ends: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    logs: list[float] = field(default_factory=list)

    def factor(self, count: int, label: str) -> tuple[float, float]:
        """Return factor and relative doubt after the first `count` occurrences; 1 and 0 without any."""
        if self.event.factor is not None:
            return self.event.factor, 0.0
        if not count:
            return 1.0, 0.0
        logs, own = np.array(self.logs[:count]), np.array([one == label for one in self.labels[:count]])
        prior, doubt = _shrunk(logs, 0.0)
        if self.event.country is not None:
            prior, doubt = _shrunk(logs[own], prior) if own.any() else (prior, doubt)
        return float(np.exp(prior)), doubt


def _shrunk(logs: np.ndarray, prior: float) -> tuple[float, float]:
    """Return the mean of logarithms (n,) with forgetting, drawn towards a prior, and the doubt about it."""
    weights = FORGETTING ** np.arange(len(logs))[::-1]
    mean = float((weights @ logs + PRIOR * prior) / (weights.sum() + PRIOR))
    spread = max(float(np.std(logs)), LEAST_DOUBT) if len(logs) > 1 else USUAL_DOUBT
    return mean, spread / np.sqrt(weights.sum())


@dataclass(frozen=True, eq=False)
class _Placed:
    """One occurrence on the bins first..first+len(share)-1 of a series; `share` of each bin lies inside it.

    `count` occurrences of its event had ended when it began.
    """

    learning: _Learning
    label: str
    first: int
    share: np.ndarray
    count: int

    @property
    def end(self) -> int:
        return self.first + len(self.share)


@dataclass(frozen=True, eq=False)
class Moved:
    """Targets that events move: `rows` (r,) of the origins, their `factor` and relative `doubt` (r, h).

    Factors are 1 at targets outside of events, of which `inside` (r, h) is False.
    """

    normal: Series
    rows: np.ndarray
    factor: np.ndarray
    doubt: np.ndarray
    inside: np.ndarray

    def usual(self, means: np.ndarray) -> np.ndarray:
        """Return means (r, h) without the events."""
        return np.divide(means, self.factor, out=np.zeros(means.shape), where=self.factor > 0)

    def spread(self, means: np.ndarray, usual: np.ndarray) -> np.ndarray:
        """Return the spread (r, h) of forecasts with `means` (r, h) whose spread without events is `usual`."""
        return np.hypot(self.factor * usual, self.doubt * means)

    def quantiles(self, means: np.ndarray, spread: np.ndarray, usual: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
        """Return the quantiles (r, h, levels) of forecasts with `means` (r, h).

        Without events their means are `usual`, their spread is `spread` and their quantiles are `quantiles`.
        """
        scaled = self.factor * spread
        wider = np.divide(self.spread(means, spread), scaled, out=np.ones(means.shape), where=scaled > 0)
        distance = (quantiles - usual[..., None]) * self.factor[..., None]
        return np.maximum(means[..., None] + distance * wider[..., None], 0.0)


@dataclass(frozen=True, eq=False)
class EventEffects:
    """The history without its events (`normal`), and the occurrences in it and up to a forecast's reach after it."""

    normal: Series
    placed: tuple[_Placed, ...]

    @classmethod
    def of(cls, series: Series) -> EventEffects:
        """Return the effects of a series' events, computed once and cached with it."""
        return _EFFECTS.of(series, lambda: _effects(series))

    def at(self, origins: np.ndarray, steps: np.ndarray) -> Moved | None:
        """Return the targets at `steps` (h,) from `origins` (n,) that events move; None if there are none."""
        targets = origins[:, None] + steps
        factor, doubt = np.ones(targets.shape), np.zeros(targets.shape)
        inside = np.zeros(targets.shape, bool)
        for one in self.placed:
            there = (targets >= one.first) & (targets < one.end)
            if not there.any():
                continue
            inside |= there
            known = np.minimum(np.searchsorted(one.learning.ends, origins + 1, side="right"), one.count)
            for count in np.unique(known[there.any(axis=1)]).tolist():
                mine = there & (known == count)[:, None]
                by, unsure = one.learning.factor(count, one.label)
                share = one.share[targets[mine] - one.first]
                factor[mine] *= 1.0 + (by - 1.0) * share
                doubt[mine] = np.hypot(doubt[mine], unsure * share)
        rows = np.flatnonzero(inside.any(axis=1))
        return Moved(self.normal, rows, factor[rows], doubt[rows], inside[rows]) if len(rows) else None

    def unlearned(self, origin: int) -> tuple[str, ...]:
        """Return the events without a factor, given or learned, that begin within reach of a forecast."""
        near = (
            one.learning.event.title
            for one in self.placed
            if origin < one.first <= origin + MAX_HORIZON
            and one.learning.event.factor is None
            and not np.searchsorted(one.learning.ends, origin + 1, side="right")
        )
        return tuple(dict.fromkeys(near))


def _effects(series: Series) -> EventEffects:
    counts = series.requests_count.copy()
    # A learned factor is no measure of what is usual: it would confirm itself
    usual = counts.copy()
    placed = []
    for learning, occurrence in _in_order(series):
        first, share = _bins_of(series, occurrence)
        if not len(share):
            continue
        one = _Placed(learning, occurrence.label, first, share, int(np.searchsorted(learning.ends, first, "right")))
        placed.append(one)
        inside = slice(max(first, 0), min(one.end, len(series)))
        if inside.start >= inside.stop:
            continue
        part = share[inside.start - first : inside.stop - first]
        _learn(one, usual, series, inside, part)
        factor = 1.0 + (learning.factor(one.count, one.label)[0] - 1.0) * part
        with np.errstate(divide="ignore", invalid="ignore"):
            counts[inside] = np.where(factor > 0, counts[inside] / factor, np.nan)
        usual[inside] = np.nan if learning.event.factor is None else counts[inside]
    return EventEffects(series.with_counts(counts).with_events(()), tuple(placed))


def _in_order(series: Series) -> list[tuple[_Learning, Occurrence]]:
    """Return the occurrences of every event from the first bin to a forecast's reach after the last, by their start."""
    reach = series.end + MAX_HORIZON * series.bin_seconds
    found = [
        (learning, one)
        for learning in map(_Learning, series.events)
        for one in learning.event.occurrences(series.start, reach, series.time_zone)
    ]
    return sorted(found, key=lambda pair: (pair[1].start, pair[1].end))


def _bins_of(series: Series, one: Occurrence) -> tuple[int, np.ndarray]:
    """Return the first bin of an occurrence, and the share (k,) of each of its bins that lies inside it."""
    first, last = series.position(one.start), series.position(one.end - 1)
    first, last = max(first, 0), min(last, len(series) - 1 + MAX_HORIZON)
    left = series.start + series.bin_seconds * np.arange(first, last + 1)
    inside = np.minimum(left + series.bin_seconds, one.end) - np.maximum(left, one.start)
    return first, inside / series.bin_seconds


def _learn(one: _Placed, usual: np.ndarray, series: Series, inside: slice, share: np.ndarray) -> None:
    """Add the factor of an occurrence that lies wholly in the series to what is learned of its event."""
    if one.end > len(series):
        return
    bins = np.arange(inside.start, inside.stop)[share > 0.5]
    expected, actual = _usual_at(series, usual, bins), series.requests_count[bins]
    known = np.isfinite(expected) & np.isfinite(actual)
    if not known.any() or not expected[known].sum() > 0:
        return
    ratio = actual[known].sum() / expected[known].sum()
    one.learning.ends.append(one.end)
    one.learning.labels.append(one.label)
    one.learning.logs.append(float(np.log(np.clip(ratio, LEAST_RATIO, MOST_RATIO))))


def _usual_at(series: Series, usual: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Return the usual count (k,) at some bins: the median of the same wall time before; NaN if none is known."""
    result = np.full(len(bins), np.nan)
    for season in LOOKED_BACK:
        values = np.stack([_same_time(series, usual, bins, back) for back in season])
        known = np.isfinite(values).any(axis=0) & np.isnan(result)
        result[known] = np.nanmedian(values[:, known], axis=0)
    return result


def _same_time(series: Series, usual: np.ndarray, bins: np.ndarray, back: int) -> np.ndarray:
    """Return the counts (k,) at the same wall time `back` seconds before some bins; NaN before the first bin."""
    place = bins - back // series.bin_seconds
    there = np.clip(place, 0, len(usual) - 1)
    # Between them clocks may have changed
    place = place + (series.wall[bins] - back - series.wall[there]) // series.bin_seconds * (place >= 0)
    return np.where((place >= 0) & (place < bins), usual[np.clip(place, 0, len(usual) - 1)], np.nan)
