"""From the rows of CSV files to a series."""

from __future__ import annotations

from collections import Counter

import numpy as np

from forecasting.errors import FileRefused
from forecasting.readers.options import ImportOptions
from forecasting.readers.reading import Reading, skipped_by_clocks, zone_notes
from forecasting.readers.records import NAIVE
from forecasting.readers.report import Sample, sample_of
from forecasting.readers.tables.csv_file import UNREADABLE_TIME, Rows
from forecasting.readers.tables.units import (
    as_counts,
    reading_notes,
    refuse_half_clock,
    refuse_several_series,
    without_far_rows,
)
from forecasting.readers.times.grid import Table, on_grid
from forecasting.readers.times.zones import localise_rows, series_zone
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

MOST_OFFSETS = 4


def series_of_rows(name: str, rows: Rows, options: ImportOptions, *, max_bins: int) -> Reading:
    """The series that rows make, on their own bin or the coarser timeframe of the options.

    Raises FileRefused if no bin or no count can be told, InputError for a timeframe that does not fit the rows,
    TooLarge if their span has too many bins.
    """
    offsets = _occurrences(rows.offsets)
    _refuse_many_offsets(offsets)
    zone = series_zone(offsets, options.time_zone)
    if NAIVE in offsets:
        pairs = zip(rows.seconds, rows.offsets, strict=True)
        refuse_half_clock([seconds[minutes == NAIVE] for seconds, minutes in pairs], rows.time_name)
    read = sum(map(len, rows.seconds))
    table = _table(rows, options.time_zone)
    skipped = read - len(table.seconds)
    if np.isnan(table.counts).all():
        raise FileRefused(f"No row has a count that can be read; {_reasons(rows)}.")
    table, alone = without_far_rows(table, zone)
    refuse_several_series(table, rows, options)
    rule = options.duplicates or "last"
    grid = on_grid(table, timeframe=options.timeframe, rule=rule, time_zone=zone, max_bins=max_bins)
    counts = as_counts(grid.counts, grid.bin_seconds, options)
    fine = Series(
        name, grid.bin_seconds, grid.start, counts, zone, grid.flags.get("is_burst"), grid.flags.get("is_event")
    )
    series = resample(fine, bin_seconds_of(options.timeframe)) if options.timeframe else fine
    account = {
        "format": rows.format,
        "lines": rows.lines,
        "malformed": rows.dropped[UNREADABLE_TIME],
        "malformed_examples": rows.examples,
        "samples": _samples(rows, options.time_zone),
        "duplicates": grid.duplicates,
        "duplicates_rule": rule,
        "out_of_order": rows.out_of_order,
        "dropped": {**rows.dropped, **skipped_by_clocks(skipped)},
        "columns_kept_aside": rows.columns_kept_aside,
        "unaligned": grid.unaligned,
    }
    notes = [
        *rows.notes,
        *alone,
        *grid.notes,
        *zone_notes(series, offsets, options.time_zone),
        *_edge_notes(fine, series),
        *reading_notes(table, grid, rows, options, has_zone=zone is not None),
    ]
    return Reading(series, account, notes)


def _refuse_many_offsets(offsets: dict[int, int]) -> None:
    """A file has the offsets of one place, or of a few; a range such as `10:00-11:00` looks like one, too."""
    if len(offsets) > MOST_OFFSETS:
        raise FileRefused(
            f"The times have {len(offsets)} different offsets from UTC, as when a column holds ranges such as "
            "10:00-11:00. Export the start of each bin alone, or give --time-format."
        )


def _occurrences(chunks: list[np.ndarray]) -> dict[int, int]:
    occurrences: Counter[int] = Counter()
    for offsets in chunks:
        values, counts = np.unique(offsets, return_counts=True)
        occurrences.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    return dict(sorted(occurrences.items()))


def _table(rows: Rows, time_zone: str | None) -> Table:
    """The rows in absolute time, without those whose wall time does not exist; flags that every file has.

    The chunks of the rows are given up, so that they are not in memory twice.
    """
    naive = np.concatenate([offsets == NAIVE for offsets in rows.offsets])
    flags = {name: np.concatenate(parts) for name, parts in rows.flags.items() if len(parts) == len(rows.seconds)}
    seconds, counts = rows.taken()
    exists = np.ones(len(seconds), dtype=bool)
    if time_zone is not None and naive.any():
        seconds[naive], exists[naive] = localise_rows(seconds[naive], time_zone)
    if not exists.all():
        seconds, counts = seconds[exists], counts[exists]
        flags = {name: values[exists] for name, values in flags.items()}
    return Table(seconds, counts, flags)


def _samples(rows: Rows, time_zone: str | None) -> list[Sample]:
    samples = []
    for line, seconds, is_wall, count in rows.samples:
        if is_wall and time_zone is not None:
            local, _ = localise_rows(np.array([seconds]), time_zone)
            seconds, is_wall = int(local[0]), False
        samples.append(sample_of(line, seconds, None if np.isnan(count) else count, is_wall=is_wall))
    return samples


def _reasons(rows: Rows) -> str:
    return ", ".join(f"{reason}: {count:,}" for reason, count in rows.dropped.items())


def _edge_notes(fine: Series, series: Series) -> list[str]:
    left_out = len(fine) - len(series) * series.bin_seconds // fine.bin_seconds
    if not left_out:
        return []
    return [
        f"{left_out:,} bins of {fine.timeframe} at the ends make no complete {series.timeframe} bin and are left out."
    ]
