"""What an import of logs has to say beside its counts."""

from __future__ import annotations

from forecasting.readers.logs.access_log import LogTally
from forecasting.readers.options import ImportOptions

_NAMED_SHARE = 0.01
"""Lines that are not counted are named from this share on."""


def log_notes(tally: LogTally, options: ImportOptions) -> list[str]:
    """Return notes on formats, lines that no format reads, filters that cannot work, and rolled-up records."""
    notes = []
    if len(tally.formats) > 1:
        each = ", ".join(f"{name}: {count:,}" for name, count in tally.formats.most_common())
        notes.append(f"The lines are of {len(tally.formats)} formats, and all of them are counted ({each}).")
    if tally.malformed > _NAMED_SHARE * max(1, tally.lines):
        share = 100 * tally.malformed / tally.lines
        notes.append(
            f"{tally.malformed:,} of {tally.lines:,} lines ({share:.2g} %) are unread, for they are in no known format "
            f"of a request, such as: {tally.examples[0] if tally.examples else ''}"
        )
    if options.exclude_bots and not tally.with_agent:
        names = ", ".join(tally.formats)
        notes.append(f"No record has a user agent (format {names}), so the filter for bots leaves nothing out.")
    if options.status and not tally.with_status:
        notes.append("No record has a status, so the filter by status has nothing to go by.")
    if 0.1 * tally.records < tally.without_status < 0.9 * tally.records:
        notes.append(
            f"{tally.without_status:,} of {tally.records:,} records have no status, and the others have one. If the "
            "log has two lines for each request, at its start and at its end, they count twice: keep the lines with a "
            "status by --status 1xx,2xx,3xx,4xx,5xx."
        )
    if tally.rolled_up:
        notes.append(
            f"Records carry a count: they are rolled up, and {tally.kept:,} of them stand for "
            f"{tally.kept + tally.rolled_up:,} requests."
        )
    return notes
