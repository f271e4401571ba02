"""What the numbers of a table mean: counts, rates or a counter; and what a reader should doubt about them."""

from __future__ import annotations

import numpy as np

from forecasting.errors import FileRefused
from forecasting.readers.options import ImportOptions
from forecasting.readers.report import printable
from forecasting.readers.tables.csv_file import Rows
from forecasting.readers.times.bounds import FAR_SECONDS
from forecasting.readers.times.grid import PART_ROWS, Gridded, Table, distinct
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

FEW_FAR_ROWS = 0.01
LEAST_ROWS = 5
LABELLED_SHARE = 0.1
SEVERAL_SHARE = 0.4
"""From this share of rows with a time that came before on, the rows are several series, not corrections."""


def as_counts(values: np.ndarray, bin_seconds: int, options: ImportOptions) -> np.ndarray:
    """Return counts per bin (n,) from values (n,) in the unit of the options; missing bins as the options say.

    A counter's first bin is unknown; if it falls, it was reset and counts from 0.
    """
    counts = values
    if options.unit == "per-second":
        counts = values * bin_seconds
    elif options.unit == "per-minute":
        counts = values * bin_seconds / MINUTE
    elif options.unit == "counter":
        steps = np.diff(values, prepend=np.nan)
        counts = np.where(steps < 0, values, steps)
    return np.where(np.isnan(counts), 0.0, counts) if options.missing == "zero" else counts


def without_far_rows(table: Table, time_zone: str | None) -> tuple[Table, list[str]]:
    """Return the table without a few rows that are months away from all others, and a note that names them."""
    if len(table.seconds) < 3 or _is_close(table.seconds):
        return table, []
    order = np.argsort(table.seconds, kind="stable")
    seconds = table.seconds[order]
    most = int(FEW_FAR_ROWS * len(seconds))
    gaps = np.diff(seconds)
    if gaps.max(initial=0) <= FAR_SECONDS or np.median(gaps) > DAY:
        return table, []
    edges = np.flatnonzero(gaps > FAR_SECONDS) + 1
    groups = np.split(order, edges)
    largest = max(groups, key=len)
    few = len(seconds) - len(largest)
    if few > max(1, most):
        return table, []
    keep = np.sort(largest)
    left_out = np.setdiff1d(order, largest)
    first = wall_text(int(table.seconds[left_out[0]]), time_zone)
    note = (
        f"{few:,} rows are months apart from all others (such as {first}); they are left out as rows with a wrong "
        "clock."
    )
    return Table(table.seconds[keep], table.counts[keep], {n: v[keep] for n, v in table.flags.items()}), [note]


def _is_close(seconds: np.ndarray) -> bool:
    """Whether rows are in order and no two neighbours far apart."""
    return all(
        bool((steps >= 0).all()) and steps.max(initial=0) <= FAR_SECONDS
        for steps in (np.diff(seconds[first : first + PART_ROWS + 1]) for first in range(0, len(seconds), PART_ROWS))
    )


def refuse_several_series(table: Table, rows: Rows, options: ImportOptions) -> None:
    """Raise FileRefused if most times come several times and another column tells the rows apart."""
    repeated = len(table.seconds) - len(distinct(table.seconds))
    several = {name: list(values) for name, values in rows.values.items() if len(values) > 1}
    is_labelled = any(not all(map(_is_number, values[:50])) for values in several.values())
    share = LABELLED_SHARE if is_labelled else SEVERAL_SHARE
    if options.duplicates or repeated < share * len(table.seconds) or repeated < 2:
        return
    if not several:
        _refuse_different(table, repeated)
        return
    column = min(several, key=lambda name: (all(map(_is_number, several[name][:50])), len(several[name])))
    values = several[column]
    listed = ", ".join(printable(value, 30) for value in values[:5])
    raise FileRefused(
        f"The rows are of several series: {repeated:,} of {len(table.seconds):,} rows have the same time as one "
        f"before, and column {column!r} tells them apart ({listed}). Add them up with --duplicates sum, or choose "
        f"one with --where '{column}={printable(values[0], 30)}'."
    )


def _refuse_different(table: Table, repeated: int) -> None:
    """Raise FileRefused if most rows with a time that came before have another count than the row before."""
    order = np.argsort(table.seconds, kind="stable")
    same_time = np.diff(table.seconds[order]) == 0
    different = np.count_nonzero(same_time & (np.diff(table.counts[order]) != 0))
    if 2 * different > repeated:
        raise FileRefused(
            f"{repeated:,} of {len(table.seconds):,} rows have the same time as one before and another count. If they "
            "are parts of one count, add them up with --duplicates sum; for corrections give --duplicates last."
        )


def refuse_half_clock(chunks: list[np.ndarray], name: str) -> None:
    """Raise FileRefused if wall times, chunks (n,) in file order, run through a 12-hour clock: from 12 to 1 o'clock."""
    hours: set[int] = set()
    for part in chunks:
        hours.update(np.unique(part // HOUR % 24).tolist())
    if sum(map(len, chunks)) < 3 or min(hours) < 1 or max(hours) != 12:
        return
    steps = np.diff(np.concatenate(chunks, dtype=np.int64))
    if np.any((steps <= -10 * HOUR) & (steps > -12 * HOUR)) and np.count_nonzero(steps < 0) < 0.2 * len(steps):
        raise FileRefused(
            f"Times in column {name!r} go from 12 back to 1 o'clock, as on a 12-hour clock without AM and PM, so half "
            "of them are not certain. Export them on a 24-hour clock, or with AM and PM and --time-format such as "
            "'%Y-%m-%d %I:%M %p'."
        )


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).replace(",", "").lstrip("-").isdigit()


def reading_notes(table: Table, grid: Gridded, rows: Rows, options: ImportOptions, *, has_zone: bool) -> list[str]:
    """Return what a reader should check: rates, counters, absent rows, an hour that comes twice."""
    notes = []
    unknown = np.isnan(table.counts)
    counts = table.counts[~unknown] if unknown.any() else table.counts
    if options.unit is None and len(counts) >= LEAST_ROWS:
        if sum(np.count_nonzero(np.mod(part, 1)) for part in _parts(counts)) > 0.3 * len(counts):
            notes.append(
                f"Many values of column {rows.count_name!r} are fractions, as a rate has. They are read as requests "
                "per bin; if they are a rate, give --unit per-second or --unit per-minute."
            )
        elif _is_counter(counts):
            notes.append(
                f"Column {rows.count_name!r} grows all the time, or all but after a reset, as a cumulative counter "
                "does. It is read as requests per bin; if it is a counter, give --unit counter."
            )
    if options.missing is None and grid.absent > 0.1 * len(grid.counts):
        notes.append(
            f"{grid.absent:,} of {len(grid.counts):,} bins have no row and are unknown. If rows are absent because "
            "there were no requests, give --missing zero."
        )
    if grid.duplicates and options.duplicates is None:
        notes.append(
            f"{grid.duplicates:,} rows have the same time as one before, and the last of them counts. If they are "
            "parts of one count, give --duplicates sum; if clocks went back an hour there, give --time-zone."
        )
    if not has_zone and grid.duplicates and _steps_back(table.seconds):
        notes.append(
            "Times go back by an hour and come twice, as when clocks change. Without a zone the later rows replace the "
            "earlier ones: give --time-zone."
        )
    return notes


def _parts(values: np.ndarray) -> list[np.ndarray]:
    """The values in views of at most `PART_ROWS`."""
    return [values[first : first + PART_ROWS] for first in range(0, len(values), PART_ROWS)]


def _is_counter(counts: np.ndarray) -> bool:
    steps = np.diff(counts)
    if len(steps) < 4:
        return False
    if (steps >= 0).all() and (steps > 0).mean() > 0.8 and np.median(steps) < 0.01 * counts[0]:
        return True
    if len(steps) < 8 or np.count_nonzero(steps < 0) > len(steps) // 8:
        return False
    resets = np.flatnonzero(steps < 0)
    is_reset = bool((counts[resets + 1] < 0.2 * counts[resets]).all())
    return is_reset and bool((steps > 0).mean() > 0.8)


def _steps_back(seconds: np.ndarray) -> bool:
    """Whether rows in order fall back once or twice, by half an hour to two hours."""
    falls = -np.diff(seconds)[np.diff(seconds) < 0]
    return bool(0 < len(falls) <= 2 and (falls >= HOUR // 2 - 1).all() and (falls <= 2 * HOUR).all())
