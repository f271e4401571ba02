"""From the tally of access logs to a series."""

from __future__ import annotations

from forecasting.errors import InputError
from forecasting.readers.logs.access_log import LogTally
from forecasting.readers.options import ImportOptions
from forecasting.readers.reading import Reading, skipped_by_clocks, zone_notes
from forecasting.readers.times.zones import series_zone
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

LOG_TIMEFRAME = "1m"
"""The bin of logs where none is asked for."""


def series_of_log(name: str, tally: LogTally, options: ImportOptions) -> Reading:
    """The series that a tally makes.

    Raises InputError where the filters left no record, TooLarge where the span has too many bins.
    """
    if tally.kept == 0:
        raise InputError(f"The filters leave none of {tally.records:,} records; loosen them.")
    zone = series_zone(tally.offsets, options.time_zone)
    start, counts = tally.counts.dense(zone)
    series = Series(name, bin_seconds_of(options.timeframe or LOG_TIMEFRAME), start, counts, zone)
    account = {
        "format": ", ".join(tally.formats),
        "lines": tally.lines,
        "requests": float(tally.kept),
        "malformed": tally.malformed,
        "malformed_examples": tally.examples,
        "filtered": tally.filtered,
        "duplicates_rule": "equal lines are separate requests",
        "out_of_order": tally.out_of_order,
        "dropped": skipped_by_clocks(tally.skipped_by_clocks),
    }
    notes = [*zone_notes(series, tally.offsets, options.time_zone), *_edge_notes(tally, series)]
    if tally.ignored:
        notes.append(f"{tally.ignored:,} lines are blank or directives.")
    if options.exclude_bots and tally.formats == ["common"]:
        notes.append("The format common has no user agent, so no bot is left out.")
    return Reading(series, account, notes)


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
