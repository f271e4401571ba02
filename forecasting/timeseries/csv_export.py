"""Results as CSV, a part at a time: what the command line writes to files and the server sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from forecasting.timeseries.series import Series

ROWS_AT_A_TIME = 20_000

LARGEST_EXACT = 2.0**53
"""Above it a float64 no longer holds every whole number, so nothing is gained by writing one."""


def export_frame(series: Series) -> pd.DataFrame:
    """The series as it is exported: counts without decimals where all are whole, flags as 0 and 1."""
    frame = series.frame().rename(columns={"ds": "timestamp"})
    flags = frame.columns.intersection(["is_burst", "is_event"])
    frame[flags] = frame[flags].astype(int)
    known = frame["requests_count"].dropna()
    if (known == known.round()).all() and (known < LARGEST_EXACT).all():
        frame["requests_count"] = frame["requests_count"].astype("Int64")
    return frame


def csv_parts(frames: Iterable[pd.DataFrame]) -> Iterator[tuple[str, int]]:
    """Frames of equal columns below one header (12 digits a number): texts, each with the rows written so far."""
    rows, is_first = 0, True
    for frame in frames:
        for first in range(0, max(1, len(frame)), ROWS_AT_A_TIME):
            part = frame.iloc[first : first + ROWS_AT_A_TIME]
            rows += len(part)
            yield part.to_csv(index=False, header=is_first, float_format="%.12g", date_format="%Y-%m-%d %H:%M:%S"), rows
            is_first = False
