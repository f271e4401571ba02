"""A later span of a data set: a series held against what is stored, and what becomes of bins that both have."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.catalog.appended_points import Grid, Placed
from forecasting.errors import Conflict, InputError, TooLarge
from forecasting.timeseries.clock import wall_text, zone_of
from forecasting.timeseries.formatting import quantity
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.timeframes import timeframe_of

MAX_APPENDED = 20
"""Reports of the latest appends that a data set keeps."""

OVERLAP_RULES = ("replace", "keep", "add")
"""For bins with a count in both: take the new one, keep the stored one, or add both."""


@dataclass(frozen=True)
class Extension:
    """What appending a series does to a data set.

    `added` bins had no count before; `overlapping` bins have one in both, `differing` of them another one, and lie
    within `overlap`. `gap` is the span of bins between the former end and the series, which become unknown. The data
    set then has `bins` bins, up to `end` (absolute seconds).
    """

    added: int
    overlapping: int
    differing: int
    overlap: Span | None
    gap: Span | None
    bins: int
    end: int

    def reported(self, report: dict[str, Any], grid: Grid, rule: str | None) -> dict[str, Any]:
        """Return the import report of the series with what the append does, and its notes."""
        return report | {"append": self._outcome(grid, rule), "notes": [*report["notes"], *self._notes(grid, rule)]}

    def _outcome(self, grid: Grid, rule: str | None) -> dict[str, object]:
        """Plain values for JSON, with times as wall time in the zone of the data set."""
        return {
            "dataset": grid.name,
            "added": self.added,
            "overlapping": self.overlapping,
            "differing": self.differing,
            "rule": rule if self.overlapping else None,
            "overlap": _in_wall_time(self.overlap, grid),
            "gap": _in_wall_time(self.gap, grid),
            "bins": self.bins,
            "end": wall_text(self.end, grid.time_zone),
        }

    def _notes(self, grid: Grid, rule: str | None) -> list[str]:
        notes = []
        if self.gap is not None:
            count = (self.gap.end - self.gap.start) // grid.bin_seconds
            notes.append(
                f"Between the end of {grid.name} and these counts, {_span_text(self.gap, grid)}, "
                f"{quantity(count, 'bin')} {'is' if count == 1 else 'are'} unknown."
            )
        if self.overlap is not None:
            done = {
                "replace": "the new counts replace the stored ones",
                "keep": "the stored counts stay",
                "add": "both counts are added up",
            }[rule or "keep"]
            notes.append(
                f"{quantity(self.overlapping, 'bin')} of {grid.name} {_span_text(self.overlap, grid)} had a count "
                f"already: {done}."
            )
        return notes


def extension(
    series: Series,
    grid: Grid,
    *,
    bins: int,
    stored: Callable[[np.ndarray], np.ndarray],
    overlap: str | None,
    max_bins: int,
) -> tuple[Placed, Extension]:
    """Return the points that appending `series` writes to a data set of `bins` bins, and what they do.

    `stored` returns the counts at positions (n,), NaN if unknown or past the end. An unknown bin of the series never
    replaces a count. Raises InputError for another bin, zone or grid and for a series that begins before the data set,
    Conflict for an overlap without a rule, TooLarge past `max_bins`.
    """
    _refuse_other_grid(series, grid)
    first = (series.start - grid.start) // grid.bin_seconds
    positions = first + np.arange(len(series), dtype=np.int64)
    end = max(bins, int(positions[-1]) + 1)
    if end > max_bins:
        raise TooLarge(
            f"{grid.name} would have {end:,} bins up to {wall_text(series.end, grid.time_zone)}; the limit is "
            f"{max_bins:,} (DATAFLOW_MAX_BINS).",
            field="append",
        )
    counts, before = series.requests_count, stored(positions)
    is_new, was_known = ~np.isnan(counts), ~np.isnan(before)
    both = np.flatnonzero(is_new & was_known)
    span = _span_of(positions[both], grid) if len(both) else None
    changes = Extension(
        added=int(np.count_nonzero(is_new & ~was_known)),
        overlapping=len(both),
        differing=int(np.count_nonzero(counts[both] != before[both])),
        overlap=span,
        gap=Span(grid.start + bins * grid.bin_seconds, series.start) if first > bins else None,
        bins=end,
        end=grid.start + end * grid.bin_seconds,
    )
    if span is not None and overlap is None:
        is_edge = bool(positions[both[-1]] == bins - 1)
        raise Conflict(_overlap_text(changes, span, grid, is_edge=is_edge), field="overlap")
    written = np.where(was_known, before, counts)
    if overlap == "replace":
        written[both] = counts[both]
    elif overlap == "add":
        written[both] = counts[both] + before[both]
    flags = {name: values for name in ("is_burst", "is_event") if (values := getattr(series, name)) is not None}
    return Placed(positions, written, flags), changes


def _refuse_other_grid(series: Series, grid: Grid) -> None:
    if len(series) == 0:
        raise InputError(f"{series.name} must have at least one bin to append (got none).", field="data")
    if series.bin_seconds != grid.bin_seconds:
        raise InputError(
            f"timeframe must be {timeframe_of(grid.bin_seconds)}, the bin of {grid.name} (got {series.timeframe}). "
            "Import the files under another name, or import all files of the data set at once in one bin.",
            field="timeframe",
        )
    if zone_of(series.time_zone) != zone_of(grid.time_zone):
        stored, new = grid.time_zone or "no zone", series.time_zone or "no zone"
        raise InputError(
            f"time_zone must be that of {grid.name} ({stored}), and the times of the files have {new}. Import all "
            "files of the data set at once with one --time-zone and --replace.",
            field="time_zone",
        )
    late = (series.start - grid.start) % grid.bin_seconds
    if late:
        raise InputError(
            f"The bins of the files start {late} s after those of {grid.name} (such as at "
            f"{wall_text(series.start, grid.time_zone)}), as when clocks changed in between. Import all files of the "
            "data set at once with --replace.",
            field="append",
        )
    if series.start < grid.start:
        raise InputError(
            f"The files begin at {wall_text(series.start, grid.time_zone)}, before {grid.name}, which begins at "
            f"{wall_text(grid.start, grid.time_zone)}; --append adds a later span. Import all files of the data set at "
            "once with --replace.",
            field="append",
        )


def _overlap_text(changes: Extension, span: Span, grid: Grid, *, is_edge: bool) -> str:
    bins = quantity(changes.overlapping, "bin")
    some = "" if changes.differing == changes.overlapping else f"{changes.differing:,} of them "
    equal = f"{some}with another count" if changes.differing else "with the same count"
    rotated = (
        " It is the last bin, as when a log is rotated within it: then --overlap add is right."
        if changes.overlapping == 1 and is_edge
        else ""
    )
    return (
        f"The files overlap {grid.name} {_span_text(span, grid)}: {bins} with a count in both, {equal}. "
        "Take the new counts with --overlap replace, keep the stored ones with --overlap keep, or add both up with "
        f"--overlap add.{rotated}"
    )


def _span_of(positions: np.ndarray, grid: Grid) -> Span:
    first, last = int(positions[0]), int(positions[-1])
    return Span(grid.start + first * grid.bin_seconds, grid.start + (last + 1) * grid.bin_seconds)


def _span_text(span: Span, grid: Grid) -> str:
    return f"from {wall_text(span.start, grid.time_zone)} to {wall_text(span.end, grid.time_zone)}"


def _in_wall_time(span: Span | None, grid: Grid) -> dict[str, str] | None:
    if span is None:
        return None
    return {"start": wall_text(span.start, grid.time_zone), "end": wall_text(span.end, grid.time_zone)}


def with_appended(stored: str | None, report: dict[str, Any]) -> dict[str, Any]:
    """Return the stored report of a data set with that of an append; without a stored one, that of the append."""
    if stored is None:
        return report
    first = json.loads(stored)
    return first | {"appended": [*first.get("appended", []), report][-MAX_APPENDED:]}
