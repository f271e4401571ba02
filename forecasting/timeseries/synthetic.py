"""Synthetic traffic: a seeded generator of realistic request counts, for the sample data set and for stress tests.

The counts use only elementary operations on uniform random doubles (normal deviates by Box-Muller, gamma deviates by
the Wilson-Hilferty cube). The distributions of libraries change their streams between versions; this way the same
arguments give the same series everywhere.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, timeframe_of

SAMPLE_SEED = 20260302
DEFAULT_DAYS = 62
SAMPLE_START = 1_772_409_600
"""2026-03-02 00:00 UTC, a Monday."""

_WANDER_MEMORY = np.exp(-1 / 6)
_MAX_BINS = 5_000_000


@dataclass(frozen=True)
class Traffic:
    """Parameters of the traffic; every other parameter is relative, so `requests_per_minute` alone sets its size.

    `growth_per_week`: relative growth of the level per week. `day_swing` and `week_swing`: amplitude of the daily and
    weekly cycles, from 0 (flat) to below 1. `dispersion`: variance divided by mean of a bin's count (1 would be
    Poisson; web traffic by the minute is near 4). `wander`: standard deviation of the slow random drift (about six
    hours of memory). `bursts_per_week`: unannounced surges lasting minutes, each `burst_ratio` (lowest, highest) times
    the traffic at its peak. `events`: announced surges lasting hours, flagged in `is_event`. `outages`: spans without
    records (NaN).
    """

    requests_per_minute: float = 180.0
    growth_per_week: float = 0.015
    day_swing: float = 0.55
    week_swing: float = 0.18
    dispersion: float = 4.0
    wander: float = 0.05
    bursts_per_week: float = 5.0
    burst_ratio: tuple[float, float] = (1.8, 4.0)
    events: int = 2
    event_ratio: tuple[float, float] = (1.6, 2.4)
    outages: int = 1

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "wander", "bursts_per_week", "events", "outages"):
            if not 0 <= getattr(self, name) < 1e12:
                raise InputError(f"{name} must be at least 0 (got {getattr(self, name)}).", field=name)
        for name in ("day_swing", "week_swing"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 0 and below 1 (got {getattr(self, name)}).", field=name)
        if not self.dispersion > 0:
            raise InputError(f"dispersion must be above 0 (got {self.dispersion}).", field="dispersion")
        for name in ("burst_ratio", "event_ratio"):
            lowest, highest = getattr(self, name)
            if not 1 <= lowest <= highest:
                raise InputError(
                    f"{name} must be (lowest, highest), both at least 1 (got {getattr(self, name)}).", field=name
                )


TYPICAL = Traffic()
"""A mid-sized web service: the traffic of the sample data set."""


def generate(
    name: str = "sample",
    *,
    days: int = DEFAULT_DAYS,
    seed: int = SAMPLE_SEED,
    bin_seconds: int = MINUTE,
    start: int = SAMPLE_START,
    time_zone: str | None = "UTC",
    traffic: Traffic = TYPICAL,
) -> Series:
    """Generate a Series of `days` days in bins of `bin_seconds`, the first bin at the absolute second `start`.

    Day and week follow the wall time of `time_zone`. `is_burst` and `is_event` flag the generated bursts and events.
    Equal arguments give equal series. Raises InputError for a bin that does not divide a day, and for more than
    5,000,000 bins.
    """
    bins = _bin_count(days, bin_seconds)
    random = np.random.Generator(np.random.PCG64(seed))
    seconds = start + bin_seconds * np.arange(bins, dtype=np.int64)
    expected = _cycle(wall_seconds(seconds, time_zone), traffic) * _drift(random, seconds - start, traffic)
    bursts = _bursts(random, bins, bin_seconds, traffic)
    events, is_event = _events(random, bins, bin_seconds, traffic)
    mean = traffic.requests_per_minute * bin_seconds / MINUTE * expected * bursts * events
    counts = _overdispersed(random, mean, traffic.dispersion)
    for span in _outages(random, bins, bin_seconds, traffic):
        counts[span.start : span.end] = np.nan
    return Series(
        name,
        bin_seconds,
        start,
        counts,
        time_zone=time_zone,
        is_burst=bursts > 1.2,
        is_event=is_event,
        synthetic=True,
    )


def csv_bytes(series: Series) -> bytes:
    """Return a generated series as gzipped CSV, as the sample ships: timestamp, requests_count, is_burst, is_event.

    An unknown count is an empty cell. Equal series give equal bytes. Raises ValueError without both flags.
    """
    if series.is_burst is None or series.is_event is None:
        raise ValueError("only a series with is_burst and is_event can be written as a sample")
    counts = ["" if np.isnan(count) else f"{count:.0f}" for count in series.requests_count.tolist()]
    flags = (series.is_burst.astype(int).tolist(), series.is_event.astype(int).tolist())
    rows = (",".join(map(str, row)) for row in zip(series.ds, counts, *flags, strict=True))
    text = "\n".join(["timestamp,requests_count,is_burst,is_event", *rows, ""])
    return gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0)


def _bin_count(days: int, bin_seconds: int) -> int:
    if not (0 < bin_seconds <= DAY and DAY % bin_seconds == 0 and bin_seconds % MINUTE == 0):
        raise InputError(
            f"bin_seconds must be whole minutes that divide a day, such as 60 or 300 (got {bin_seconds}).",
            field="bin_seconds",
        )
    bins = days * (DAY // bin_seconds)
    if not 0 < bins <= _MAX_BINS:
        raise InputError(
            f"days must make 1 to {_MAX_BINS:,} bins of {timeframe_of(bin_seconds)} (got {days}).",
            field="days",
        )
    return bins


def _cycle(wall: np.ndarray, traffic: Traffic) -> np.ndarray:
    """Return the relative level by time of day and day of week: low at 04:00, high from late morning to evening."""
    hour = (wall % DAY) / HOUR
    day = 0.8 * np.cos(2 * np.pi * (hour - 15.5) / 24) + 0.2 * np.cos(4 * np.pi * (hour - 10.5) / 24)
    weekday = (wall / DAY + 3) % 7  # 1970-01-01 was a Thursday
    weekend = 0.5 * (np.tanh(6 * (weekday - 5)) - np.tanh(6 * (weekday - 7)) + 1 - np.tanh(6 * weekday))
    return (1 + traffic.day_swing * day) * (1 - traffic.week_swing * (weekend - 2 / 7))


def _drift(random: np.random.Generator, elapsed: np.ndarray, traffic: Traffic) -> np.ndarray:
    """Return growth times a slow random drift: an hourly first-order autoregression, interpolated linearly."""
    knots = int(elapsed[-1] // HOUR) + 2
    shocks = _normals(random, knots) * np.sqrt(1 - _WANDER_MEMORY**2)
    level, levels = 0.0, np.empty(knots)
    for i, shock in enumerate(shocks.tolist()):
        level = levels[i] = _WANDER_MEMORY * level + shock
    wander = np.exp(traffic.wander * np.interp(elapsed / HOUR, np.arange(knots), levels))
    return wander * np.exp(np.log1p(traffic.growth_per_week) * elapsed / (7 * DAY))


def _bursts(random: np.random.Generator, bins: int, bin_seconds: int, traffic: Traffic) -> np.ndarray:
    """Return the factor of the bursts at each bin: a rise within three minutes, then a decay over 4 to 20 minutes."""
    ratio = np.ones(bins)
    lowest, highest = traffic.burst_ratio
    for _ in range(round(traffic.bursts_per_week * bins * bin_seconds / (7 * DAY))):
        place, height, length = random.random(3)
        first = int(place * bins)
        minutes = np.arange(min(bins - first, max(1, 2 * HOUR // bin_seconds))) * bin_seconds / MINUTE
        shape = np.minimum(1, (minutes + 1) / 3) * np.exp(-np.maximum(0, minutes - 2) / (4 + 16 * length))
        peak = lowest + (highest - lowest) * height
        ratio[first : first + len(shape)] *= 1 + (peak - 1) * shape
    return ratio


def _events(
    random: np.random.Generator, bins: int, bin_seconds: int, traffic: Traffic
) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor and flag of announced events at each bin: evenly spread, smooth, 3 to 6 hours long."""
    ratio, flags = np.ones(bins), np.zeros(bins, dtype=bool)
    lowest, highest = traffic.event_ratio
    for i in range(traffic.events):
        place, height, length = random.random(3)
        last = min(bins, max(1, round((3 + 3 * length) * HOUR / bin_seconds)))
        first = min(bins - last, int((i + 0.3 + 0.4 * place) / traffic.events * bins))
        hill = np.sin(np.pi * (np.arange(last) + 0.5) / last)
        ratio[first : first + last] *= 1 + (lowest + (highest - lowest) * height - 1) * np.sqrt(hill)
        flags[first : first + last] = True
    return ratio, flags


def _outages(random: np.random.Generator, bins: int, bin_seconds: int, traffic: Traffic) -> list[Span]:
    """Return spans of bin positions (not seconds) without records: 2 to 5 hours each."""
    spans = []
    for _ in range(traffic.outages):
        place, length = random.random(2)
        first = int((0.1 + 0.8 * place) * bins)
        spans.append(Span(first, first + max(1, round((2 + 3 * length) * HOUR / bin_seconds))))
    return spans


def _overdispersed(random: np.random.Generator, mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Return integer counts (bins,), never negative, of the given mean and a variance of `dispersion` times it."""
    shape = np.maximum(mean / dispersion, 1e-9)
    cube = 1 - 1 / (9 * shape) + _normals(random, len(mean)) / (3 * np.sqrt(shape))
    return np.floor(mean * np.maximum(cube, 0) ** 3 + random.random(len(mean)))


def _normals(random: np.random.Generator, count: int) -> np.ndarray:
    """Return standard normal deviates (Box-Muller)."""
    radius = np.sqrt(-2 * np.log1p(-random.random(count)))
    return radius * np.cos(2 * np.pi * random.random(count))
