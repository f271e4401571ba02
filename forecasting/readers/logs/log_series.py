"""From the tally of access logs to a series."""

from __future__ import annotations

from forecasting.errors import InputError
from forecasting.readers.logs.access_log import LogTally
from forecasting.readers.logs.log_notes import log_notes
from forecasting.readers.options import ImportOptions
from forecasting.readers.reading import Reading, skipped_by_clocks, zone_notes
from forecasting.readers.times.bounds import FAR_SECONDS
from forecasting.readers.times.zones import series_zone
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

LOG_TIMEFRAME = "1m"
"""The bin of logs if none is given."""


def series_of_log(name: str, tally: LogTally, options: ImportOptions) -> Reading:
    """The series that a tally makes.

    Raises InputError if the filters left no record, TooLarge if the span has too many bins.
    """
    if tally.kept == 0:
        raise InputError(_nothing_left(tally, options))
    alone = tally.counts.far_apart(FAR_SECONDS, max(1, tally.kept // 1_000))
    zone = series_zone(tally.offsets, options.time_zone)
    start, counts = tally.counts.dense(zone)
    series = Series(name, bin_seconds_of(options.timeframe or LOG_TIMEFRAME), start, counts, zone)
    account = {
        "format": ", ".join(name for name, _ in tally.formats.most_common()),
        "lines": tally.lines,
        "requests": float(counts.sum()),
        "malformed": tally.malformed,
        "ignored": tally.ignored,
        "malformed_examples": tally.examples,
        "filtered": tally.filtered,
        "samples": tally.samples,
        "duplicates_rule": "equal lines are separate requests",
        "out_of_order": tally.out_of_order,
        "dropped": _dropped(tally, sum(count for _, count in alone)),
    }
    notes = [
        *tally.notes,
        *zone_notes(series, tally.offsets, options.time_zone),
        *_edge_notes(tally, series),
        *log_notes(tally, options),
        *_far_notes(alone, zone),
    ]
    if tally.ignored:
        notes.append(f"{tally.ignored:,} lines are blank or directives.")
    return Reading(series, account, notes)


def _nothing_left(tally: LogTally, options: ImportOptions) -> str:
    text = f"The filters leave none of {tally.records:,} records"
    if options.status:
        return (
            f"{text}: no record has a status in {options.status}. If the status stands in another field than the first "
            "number after the request, give a --pattern with a group (?P<status>...)."
        )
    return f"{text}; loosen them."


def _dropped(tally: LogTally, alone: int) -> dict[str, int]:
    dropped = skipped_by_clocks(tally.skipped_by_clocks)
    if tally.impossible_times:
        dropped["time outside 1990 to tomorrow"] = tally.impossible_times
    if alone:
        dropped["time months away from all others"] = alone
    return dropped


def _far_notes(alone: list[tuple[int, int]], zone: str | None) -> list[str]:
    if not alone:
        return []
    listed = ", ".join(wall_text(second, zone) for second, _ in alone[:3])
    return [
        f"{sum(count for _, count in alone):,} requests are months apart from all others ({listed}); they are left out "
        "as records with a wrong clock."
    ]


def _edge_notes(tally: LogTally, series: Series) -> list[str]:
    """A log seldom starts and ends on the edge of a bin; its first and last bin are kept as they are."""
    first, last = tally.counts.reach
    late, early = first - series.start, series.end - 1 - last
    if late == 0 and early == 0:
        return []
    return [
        f"The first record is {late} s into the first bin and the last {early} s before the end of the last bin; "
        "those two bins may be incomplete and are kept as they are."
    ]
