"""CSV export in parts, for the files of the command line and the responses of the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pandas takes half a second to import; the command line imports this module at start
    import pandas as pd

    from forecasting.timeseries.series import Series

ROWS_AT_A_TIME = 20_000

LARGEST_EXACT = 2.0**53
"""Above this a float64 no longer holds every integer, so integers are not written as such."""


def export_frame(series: Series) -> pd.DataFrame:
    """Return the series as exported: counts without decimals if all are integers, flags as 0 and 1."""
    frame = series.frame().rename(columns={"ds": "timestamp"})
    flags = frame.columns.intersection(["is_burst", "is_event"])
    frame[flags] = frame[flags].astype(int)
    known = frame["requests_count"].dropna()
    if (known == known.round()).all() and (known < LARGEST_EXACT).all():
        frame["requests_count"] = frame["requests_count"].astype("Int64")
    return frame


def csv_parts(frames: Iterable[pd.DataFrame]) -> Iterator[tuple[str, int]]:
    """Yield frames of equal columns as CSV text under one header (12 digits), each part with the rows so far."""
    rows, is_first = 0, True
    for frame in frames:
        for first in range(0, max(1, len(frame)), ROWS_AT_A_TIME):
            part = frame.iloc[first : first + ROWS_AT_A_TIME]
            rows += len(part)
            yield part.to_csv(index=False, header=is_first, float_format="%.12g", date_format="%Y-%m-%d %H:%M:%S"), rows
            is_first = False
