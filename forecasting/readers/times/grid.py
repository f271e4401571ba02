"""Rows of time and count onto a regular grid: the bin inferred, unaligned times floored, duplicates settled.

The bin is the commonest distance between neighbouring times, to the minute. Times that are all off the grid by the same
seconds (`:42:53`) are put in the bin that holds them; a time that strays from the others is put in the nearest bin of
theirs. Rows finer than a minute are summed to the minute. Bins without a row are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.errors import FileRefused, InputError, TooLarge
from forecasting.timeseries.clock import utc_offsets, wall_text
from forecasting.timeseries.timeframes import DAY, MINUTE, bin_seconds_of, timeframe_of

PART_ROWS = 1 << 18
MOST_STRAYS = 0.1
"""More distances than this share that do not fit the commonest one are no strays: rows are absent."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with absolute `seconds` (n,), `counts` (n,) and bool `flags` (n,) by name, in file order."""

    seconds: np.ndarray
    counts: np.ndarray
    flags: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Gridded:
    """A table on a regular grid, and what had to be done for it.

    `start` in absolute seconds, `counts` (bins,) with NaN for unknown, `flags` (bins,) by name. `absent` bins have no
    row at all.
    """

    bin_seconds: int
    start: int
    counts: np.ndarray
    flags: dict[str, np.ndarray]
    absent: int
    duplicates: int
    unaligned: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Bin:
    """The grid's bin; `is_summed` if several rows are meant to fall into one."""

    seconds: int
    is_summed: bool


def on_grid(table: Table, *, timeframe: str | None, rule: str, time_zone: str | None, max_bins: int) -> Gridded:
    """Put rows on a grid; `rule` says whether the `last` row of equal times wins or their `sum` counts.

    The grid has the rows' own bin, so a coarser `timeframe` that is a multiple of it is left to resampling. Raises
    FileRefused if no bin can be inferred, InputError for a timeframe finer than the rows, TooLarge past `max_bins`.
    """
    times = distinct(table.seconds)
    distance, change = _step(times, time_zone), resolution_change(times)
    del times
    grid_bin = _bin(distance, timeframe)
    if change is not None and timeframe is not None and bin_seconds_of(timeframe) >= max(change[1:]):
        grid_bin = _Bin(bin_seconds_of(timeframe), is_summed=True)
    offset = int(utc_offsets(table.seconds[:1], time_zone)[0])
    late, phase, shift = np.zeros(0, dtype=np.int64), 0, 0
    if not grid_bin.is_summed:
        late = (table.seconds + utc_offsets(table.seconds, time_zone)) % grid_bin.seconds
        phase = commonest(late)
        shift = grid_bin.seconds // 2 - phase
    # Part by part, so that no second array of all rows is needed.
    parts = np.array_split(table.seconds, len(table.seconds) // PART_ROWS + 1)
    slots = np.concatenate([((part + (offset + shift)) // grid_bin.seconds).astype(np.int32) for part in parts])
    first, bins = int(slots.min()), int(np.ptp(slots)) + 1
    if bins > max_bins:
        raise TooLarge(
            f"The rows from {wall_text(int(table.seconds.min()), time_zone)} to "
            f"{wall_text(int(table.seconds.max()), time_zone)} make {bins:,} bins of {timeframe_of(grid_bin.seconds)}, "
            f"and at most {max_bins:,} are taken; split them, or raise DATAFLOW_MAX_BINS."
        )
    settled, settled_slots = _settle(table, table.seconds if grid_bin.is_summed else slots, slots, rule)
    settled_slots -= first
    counts, flags, absent = _spread(settled, settled_slots, bins)
    return Gridded(
        grid_bin.seconds,
        first * grid_bin.seconds - offset,
        counts,
        flags,
        absent=absent,
        duplicates=len(table.seconds) - len(settled_slots),
        unaligned=None if grid_bin.is_summed else _unaligned(table, late, phase, grid_bin.seconds, time_zone),
        notes=(*_notes(grid_bin, distance), *_change_note(change, grid_bin, time_zone)),
    )


def distinct(seconds: np.ndarray) -> np.ndarray:
    """Return the distinct seconds, sorted; rows in order without repetition are not copied."""
    return seconds if (seconds[1:] > seconds[:-1]).all() else np.unique(seconds)


def distance_of(times: np.ndarray) -> int | None:
    """Return the commonest distance in seconds between neighbours of sorted, distinct `times`.

    To the minute from 50 s on. None for fewer than two times.
    """
    return None if len(times) < 2 else commonest(_rounded_distances(times))


def resolution_change(times: np.ndarray) -> tuple[int, int, int] | None:
    """Return (second, distance before, distance after) of a change of resolution in sorted, distinct `times`.

    On both sides at least three distances in four are the same, and the coarser is a multiple of the finer.
    """
    distances = _rounded_distances(times)
    if len(distances) < 6:
        return None
    if (distances == distances[0]).all():
        return None
    values, counts = np.unique(distances, return_counts=True)
    pair = values[np.argsort(-counts, kind="stable")[:2]]
    if len(pair) < 2 or max(pair) % min(pair) or counts.max() == len(distances):
        return None
    lead = np.cumsum(np.where(distances == pair[0], 1, np.where(distances == pair[1], -1, 0)))
    for edge, first, second in ((int(lead.argmax()) + 1, *pair), (int(lead.argmin()) + 1, *pair[::-1])):
        before, after = distances[:edge], distances[edge:]
        if min(len(before), len(after)) >= 3 and (before == first).mean() >= 0.75 and (after == second).mean() >= 0.75:
            return int(times[edge]), int(first), int(second)
    return None


def step_of(times: np.ndarray) -> int | None:
    """Return the bin of sorted, distinct `times`: the commonest distance, or the greatest common step of all distances.

    The latter if more than a few distances are no multiples of the commonest: then rows are absent here and there.
    """
    usual = distance_of(times)
    if usual is None or usual < MINUTE:
        return usual
    rounded = _rounded_distances(times)
    if rounded.min() >= 28 * DAY:  # months, which have no common length
        return usual
    if np.count_nonzero(rounded % usual) <= MOST_STRAYS * len(rounded):
        return usual
    step = int(np.gcd.reduce(rounded))
    return step if step >= MINUTE else usual


def _step(times: np.ndarray, time_zone: str | None) -> int | None:
    """The bin of times in a zone: rows of every day are a day apart by its clocks, also when these change."""
    if time_zone is not None and distance_of(times) == DAY:
        return step_of(np.unique(times + utc_offsets(times, time_zone)))
    return step_of(times)


def _rounded_distances(times: np.ndarray) -> np.ndarray:
    distances = np.diff(times)
    is_long = distances >= 50
    distances[is_long] = (distances[is_long] + 30) // MINUTE * MINUTE
    return distances


def commonest(values: np.ndarray) -> int:
    """The value that occurs most often; the smallest of several."""
    if len(values) and (values == values[0]).all():
        return int(values[0])
    ordered, counts = np.unique(values, return_counts=True)
    return int(ordered[counts.argmax()])


def in_words(seconds: int) -> str:
    """A length of time: `5 min`, `90 s`, `2 h`."""
    for unit, length in (("h", 3600), ("min", MINUTE)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _bin(distance: int | None, timeframe: str | None) -> _Bin:
    wanted = None if timeframe is None else bin_seconds_of(timeframe)
    if distance is None and wanted is None:
        raise FileRefused(
            "All rows have the same time, which tells no bin: give --timeframe, such as 5m. If another column holds "
            "the hour or the clock, join it with the date to one column, or name it hour or time."
        )
    if wanted is None:
        return _own_bin(distance or MINUTE)
    if distance is None or distance == wanted:
        return _Bin(wanted, is_summed=False)
    if distance > wanted:
        raise InputError(
            f"timeframe must be at least {in_words(distance)}, the distance of most rows (got {timeframe}).",
            field="timeframe",
        )
    is_multiple = distance >= MINUTE and wanted % distance == 0 and DAY % distance == 0
    return _Bin(distance, is_summed=False) if is_multiple else _Bin(wanted, is_summed=True)


def _own_bin(distance: int) -> _Bin:
    if distance > DAY:
        raise FileRefused(
            f"The rows are mostly {in_words(distance)} apart, and a bin is a day at most: export counts of a finer "
            "resolution (days, hours or minutes)."
        )
    if distance < MINUTE:
        return _Bin(MINUTE, is_summed=True)
    if DAY % distance:
        raise FileRefused(
            f"The rows are mostly {in_words(distance)} apart, which does not divide a day; give a timeframe in which "
            "to sum them, such as 1h."
        )
    return _Bin(distance, is_summed=False)


def _change_note(change: tuple[int, int, int] | None, grid_bin: _Bin, time_zone: str | None) -> tuple[str, ...]:
    if change is None:
        return ()
    second, before, after = change
    coarser = max(before, after)
    text = (
        f"The resolution changes at {wall_text(second, time_zone)}: rows are {in_words(before)} apart before and "
        f"{in_words(after)} after."
    )
    if grid_bin.seconds >= coarser:
        return (text,)
    wanted = (
        f"--timeframe {timeframe_of(coarser)}" if DAY % coarser == 0 and coarser <= DAY else "a coarser --timeframe"
    )
    return (f"{text} A count of the coarser rows lands in one bin of {in_words(grid_bin.seconds)}; sum with {wanted}.",)


def _settle(table: Table, keys: np.ndarray, slots: np.ndarray, rule: str) -> tuple[Table, np.ndarray]:
    """One row for each distinct key under the rule, and its slot."""
    if (keys[1:] > keys[:-1]).all():
        return table, slots
    newest_first = slice(None, None, -1)
    _, last = np.unique(keys[newest_first], return_index=True)
    if len(last) == len(keys):
        return table, slots
    last = len(keys) - 1 - last
    counts = table.counts[last]
    flags = {name: values[last] for name, values in table.flags.items()}
    if rule == "sum":
        groups = pd.Series(table.counts).groupby(keys)
        counts = groups.sum(min_count=1).to_numpy()
        flags = {name: pd.Series(values).groupby(keys).any().to_numpy() for name, values in table.flags.items()}
    return Table(table.seconds[last], counts, flags), slots[last]


def _spread(table: Table, places: np.ndarray, bins: int) -> tuple[np.ndarray, dict[str, np.ndarray], int]:
    """Counts (bins,), flags (bins,) and the number of bins without a row, from rows at `places`.

    A bin without a row or with an unknown one is unknown.
    """
    counts = np.full(bins, np.nan)
    counts[places] = 0.0
    absent = int(np.count_nonzero(np.isnan(counts)))
    np.add.at(counts, places, table.counts)
    flags = {}
    for name, values in table.flags.items():
        flags[name] = np.zeros(bins, dtype=bool)
        flags[name][places[values]] = True
    return counts, flags, absent


def _unaligned(table: Table, late: np.ndarray, phase: int, bin_seconds: int, time_zone: str | None) -> str | None:
    grid, parts = timeframe_of(bin_seconds), []
    if phase:
        first = wall_text(int(table.seconds[0]), time_zone)
        parts.append(
            f"Times are {in_words(phase)} after the {grid} grid (the first is {first}); each counts in the bin that "
            "holds it."
        )
    strays = int(np.count_nonzero(late != phase))
    if strays:
        parts.append(f"{strays:,} times stray from the others' {grid} grid; each counts in the nearest bin.")
    return " ".join(parts) or None


def _notes(grid_bin: _Bin, distance: int | None) -> tuple[str, ...]:
    if not grid_bin.is_summed or distance is None:
        return ()
    return (f"Rows are mostly {in_words(distance)} apart; they are summed to {timeframe_of(grid_bin.seconds)}.",)
