"""Data quality: unknown bins, repairs by the import, stuck values, and features that need a longer history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecasting.analysis.chart_data.annotations import Stretch, in_wall_time, stretches_of
from forecasting.analysis.forecastability import MIN_DAYS
from forecasting.analysis.ranges import shown
from forecasting.hindcasts.evaluation_days import SHORT_DAYS
from forecasting.model_sets.training import LEAST_BINS, LEAST_DAYS
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.formatting import number
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.timeframes import DAY

MOST_GAPS = 100
"""The most gaps listed (the longest ones); all are counted."""

SEASONS_NEEDED = 2


@dataclass(frozen=True)
class Outage(Stretch):
    """A period without recording; `source` says how it was recognised: declared, or a run of zeros."""

    source: str


@dataclass(frozen=True)
class Run:
    """Consecutive bins with one known value; `start` is wall time `YYYY-MM-DD HH:MM:SS`."""

    start: str
    bins: int
    seconds: int
    requests_per_bin: float


@dataclass(frozen=True)
class Need:
    """A feature that needs a number of known days, and the days known."""

    what: str
    needed_days: float
    known_days: float

    @property
    def is_met(self) -> bool:
        """Whether enough days are known."""
        return self.known_days >= self.needed_days

    @property
    def sentence(self) -> str:
        """`A weekly profile needs 14 known days; there are 9.33.`"""
        return f"{self.what} needs {number(self.needed_days)} known days; there are {number(self.known_days)}."


@dataclass(frozen=True)
class Repairs:
    """The repairs of the import, from the data set's import report; see `ImportReport` for each count."""

    format: str | None = None
    lines: int = 0
    malformed: int = 0
    filtered: int = 0
    duplicates: int = 0
    duplicates_rule: str | None = None
    out_of_order: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    unaligned: str | None = None
    columns_kept_aside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quality:
    """The quality of the bins in range; shares are of these bins, `zero_share` of the known ones (None without any).

    `outages` are those of the import report that overlap the range, in full; `gaps` the other runs of unknown bins
    within it, the longest `MOST_GAPS` of `gap_count` in order of time, together `gap_seconds` long. `longest_equal` is
    the longest run of one value above 0 (a source that is stuck repeats itself), `longest_zero` that of zeros; None for
    fewer than two bins. `needs` are of the whole series up to the end of the range. `repairs` is None without an import
    report.
    """

    bins: int
    unknown_bins: int
    known_share: float
    zero_bins: int
    zero_share: float | None
    gap_count: int
    gap_seconds: int
    gaps: tuple[Stretch, ...]
    outages: tuple[Outage, ...]
    longest_equal: Run | None
    longest_zero: Run | None
    needs: tuple[Need, ...]
    repairs: Repairs | None


def quality(series: Series, report: dict[str, Any] | None = None, first: int = 0, end: int | None = None) -> Quality:
    """Return the quality of the bins in range; `report` is the import report as stored in the catalog, or None."""
    bins = shown(series, first, end)
    counts = series.requests_count[bins]
    unknown = np.isnan(counts)
    known_bins = len(counts) - int(np.count_nonzero(unknown))
    zeros = int(np.count_nonzero(counts == 0))
    outages, in_outage = _outages(series, report or {}, bins)
    gaps = stretches_of(series, np.isnan(series.requests_count) & ~in_outage, bins)
    equal, zero = _longest_runs(series, bins)
    return Quality(
        bins=len(counts),
        unknown_bins=len(counts) - known_bins,
        known_share=known_bins / len(counts),
        zero_bins=zeros,
        zero_share=zeros / known_bins if known_bins else None,
        gap_count=len(gaps),
        gap_seconds=sum(gap.seconds for gap in gaps),
        gaps=_longest(gaps),
        outages=outages,
        longest_equal=equal,
        longest_zero=zero,
        needs=needs(series, bins.stop),
        repairs=None if report is None else _repairs(report),
    )


def needs(series: Series, end: int | None = None) -> tuple[Need, ...]:
    """Return the features that need known days, with the days known before bin `end`."""
    known = int(np.count_nonzero(~np.isnan(series.requests_count[shown(series, 0, end)]))) * series.bin_seconds / DAY
    training = max(LEAST_DAYS, LEAST_BINS * series.bin_seconds / DAY)
    needed = {
        "A daily profile": SEASONS_NEEDED,
        "Training a model": training,
        "Assessing forecastability": MIN_DAYS,
        "A weekly profile": 7 * SEASONS_NEEDED,
        "Tuning and evaluating policies on separate weeks": SHORT_DAYS,
    }
    return tuple(Need(what, days, known) for what, days in needed.items())


def _outages(series: Series, report: dict[str, Any], bins: slice) -> tuple[tuple[Outage, ...], np.ndarray]:
    """Return the report's outages that overlap the range, and the bins (all,) that overlap any."""
    inside = np.zeros(len(series), dtype=bool)
    outages = []
    range_start = series.start + bins.start * series.bin_seconds
    range_end = series.start + bins.stop * series.bin_seconds
    for entry in report.get("outages", ()):
        span = Span(*(moment_of(entry[edge], series.time_zone, field="outages") for edge in ("start", "end")))
        first = max(0, series.position(span.start))
        inside[first : max(first, series.position(span.end - 1) + 1)] = True
        if span.start < range_end and span.end > range_start:
            (stretch,) = in_wall_time(series, [span])
            outages.append(Outage(stretch.start, stretch.end, stretch.seconds, entry.get("source", "declared")))
    return tuple(outages), inside


def _longest(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Return the longest `MOST_GAPS`, in order of time."""
    if len(stretches) <= MOST_GAPS:
        return stretches
    by_length = sorted(range(len(stretches)), key=lambda i: stretches[i].seconds, reverse=True)
    return tuple(stretches[i] for i in sorted(by_length[:MOST_GAPS]))


def _longest_runs(series: Series, bins: slice) -> tuple[Run | None, Run | None]:
    """Return the longest run of equal values above 0, and of zeros; the first if there are several."""
    counts = series.requests_count[bins]
    edges = np.r_[0, np.flatnonzero(counts[1:] != counts[:-1]) + 1, len(counts)]
    lengths, values = np.diff(edges), counts[edges[:-1]]

    def longest(eligible: np.ndarray) -> Run | None:
        at = int(np.argmax(np.where(eligible, lengths, 0)))
        if not eligible[at] or lengths[at] < 2:
            return None
        second = series.start + (bins.start + int(edges[at])) * series.bin_seconds
        length = int(lengths[at])
        return Run(wall_text(second, series.time_zone), length, length * series.bin_seconds, float(values[at]))

    return longest(values > 0), longest(values == 0)


def _repairs(report: dict[str, Any]) -> Repairs:
    names = ("format", "lines", "malformed", "filtered", "duplicates", "duplicates_rule", "out_of_order", "unaligned")
    counts = {name: report[name] for name in names if report.get(name) is not None}
    return Repairs(
        **counts,
        dropped=dict(report.get("dropped") or {}),
        columns_kept_aside=tuple(report.get("columns_kept_aside") or ()),
        notes=tuple(report.get("notes") or ()),
    )
