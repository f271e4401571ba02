"""What the readers of logs and of CSV hand on: a series, and their part of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.readers.records import NAIVE
from forecasting.timeseries.clock import offset_text, utc_offsets
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE


@dataclass(frozen=True)
class Reading:
    """A series before outages are masked, and the fields of the report that its reading settled."""

    series: Series
    account: dict[str, object]
    notes: list[str]


def zone_notes(series: Series, offsets: Mapping[int, int], time_zone: str | None) -> list[str]:
    """What there is to say about offsets (minutes, with how often each occurs) and the zone of a series."""
    notes = []
    written = sorted(offset for offset in offsets if offset != NAIVE)
    if len(written) > 1:
        texts = ", ".join(offset_text(MINUTE * offset) for offset in written)
        notes.append(f"Times have {len(written)} offsets ({texts}); they are counted in absolute time.")
    if NAIVE in offsets and time_zone is None:
        notes.append("Times have no offset and no time_zone is given; they are taken as they stand.")
    if series.bin_seconds > HOUR and len(set(utc_offsets(series.seconds, series.time_zone).tolist())) > 1:
        notes.append(
            f"Clocks change in {series.time_zone} within the data; bins of {series.timeframe} keep their length, so "
            "after the change they start an hour off."
        )
    return notes


def skipped_by_clocks(count: int) -> dict[str, int]:
    """The reason, for `dropped`, of wall times that do not exist; empty if there are none."""
    return {"time that clocks skipped": count} if count else {}
