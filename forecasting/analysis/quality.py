"""Data quality: what is unknown, what an import repaired, what looks stuck, and what the history is too short for."""

from __future__ import annotations

from dataclasses import dataclass, field

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
"""More gaps than this are counted, and the longest so many listed."""

SEASONS_NEEDED = 2


@dataclass(frozen=True)
class Outage(Stretch):
    """A stretch for which the source recorded nothing; `source` says how that is known: declared, or a zero run."""

    source: str


@dataclass(frozen=True)
class Run:
    """Bins of one equal known value in a row: `start` is wall time `YYYY-MM-DD HH:MM:SS`."""

    start: str
    bins: int
    seconds: int
    requests_per_bin: float


@dataclass(frozen=True)
class Need:
    """What needs so many known days, and whether they are there."""

    what: str
    needed_days: float
    known_days: float

    @property
    def is_met(self) -> bool:
        """Whether enough is known."""
        return self.known_days >= self.needed_days

    @property
    def words(self) -> str:
        """`A shape of the week needs 14 known days and has 9.33.`"""
        return f"{self.what} needs {number(self.needed_days)} known days and has {number(self.known_days)}."


@dataclass(frozen=True)
class Repairs:
    """What the import did, from the data set's import report; see `ImportReport` for each count."""

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
    """The quality of the bins shown. Shares are of the bins shown, `zero_share` of the known ones (None without any).

    `outages` are those of the import report that reach into the range, whole; `gaps` the other runs of unknown bins
    within it, the longest `MOST_GAPS` of `gap_count` in order of time, together `gap_seconds` long. `longest_equal` is
    the longest run of one value above 0 (a source that is stuck repeats itself), `longest_zero` that of zeros; None for
    fewer than two bins. `needs` are about the whole series up to the end of the range. `repairs` is None where there is
    no import report.
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


def quality(series: Series, report: dict | None = None, first: int = 0, end: int | None = None) -> Quality:
    """The quality of the bins shown; `report` is the data set's import report as the catalog keeps it, or None."""
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
    """What takes so many known days, against those known before bin `end`."""
    known = int(np.count_nonzero(~np.isnan(series.requests_count[shown(series, 0, end)]))) * series.bin_seconds / DAY
    training = max(LEAST_DAYS, LEAST_BINS * series.bin_seconds / DAY)
    wanted = {
        "A shape of the day": SEASONS_NEEDED,
        "Training a model": training,
        "Telling whether it can be forecast": MIN_DAYS,
        "A shape of the week": 7 * SEASONS_NEEDED,
        "Tuning and judging policies on weeks of their own": SHORT_DAYS,
    }
    return tuple(Need(what, days, known) for what, days in wanted.items())


def _outages(series: Series, report: dict, bins: slice) -> tuple[tuple[Outage, ...], np.ndarray]:
    """The report's outages that reach into the range, and the bins (all,) that touch any."""
    inside = np.zeros(len(series), dtype=bool)
    found = []
    range_start = series.start + bins.start * series.bin_seconds
    range_end = series.start + bins.stop * series.bin_seconds
    for entry in report.get("outages", ()):
        span = Span(*(moment_of(entry[edge], series.time_zone, field="outages") for edge in ("start", "end")))
        first = max(0, series.position(span.start))
        inside[first : max(first, series.position(span.end - 1) + 1)] = True
        if span.start < range_end and span.end > range_start:
            (stretch,) = in_wall_time(series, [span])
            found.append(Outage(stretch.start, stretch.end, stretch.seconds, entry.get("source", "declared")))
    return tuple(found), inside


def _longest(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The longest `MOST_GAPS`, in order of time."""
    if len(stretches) <= MOST_GAPS:
        return stretches
    by_length = sorted(range(len(stretches)), key=lambda i: stretches[i].seconds, reverse=True)
    return tuple(stretches[i] for i in sorted(by_length[:MOST_GAPS]))


def _longest_runs(series: Series, bins: slice) -> tuple[Run | None, Run | None]:
    """The longest run of equal values above 0, and of zeros; the first of several."""
    counts = series.requests_count[bins]
    edges = np.r_[0, np.flatnonzero(counts[1:] != counts[:-1]) + 1, len(counts)]
    lengths, values = np.diff(edges), counts[edges[:-1]]

    def longest(wanted: np.ndarray) -> Run | None:
        at = int(np.argmax(np.where(wanted, lengths, 0)))
        if not wanted[at] or lengths[at] < 2:
            return None
        second = series.start + (bins.start + int(edges[at])) * series.bin_seconds
        length = int(lengths[at])
        return Run(wall_text(second, series.time_zone), length, length * series.bin_seconds, float(values[at]))

    return longest(values > 0), longest(values == 0)


def _repairs(report: dict) -> Repairs:
    names = ("format", "lines", "malformed", "filtered", "duplicates", "duplicates_rule", "out_of_order", "unaligned")
    kept = {name: report[name] for name in names if report.get(name) is not None}
    return Repairs(
        **kept,
        dropped=dict(report.get("dropped") or {}),
        columns_kept_aside=tuple(report.get("columns_kept_aside") or ()),
        notes=tuple(report.get("notes") or ()),
    )
