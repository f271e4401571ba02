"""Columns of text into times and counts; cells that are neither are told apart by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from forecasting.readers.records import NAIVE
from forecasting.readers.times.times import DATE_WIDTH, ISO_WIDTH, Moment, iso_times, matrix

MAX_COUNT = 1e15
"""A larger count of requests in a bin is taken for an error: beyond it floats no longer count every request."""

_EMPTY = frozenset(("", "na", "n/a", "nan", "null", "none", "-"))


def column_times(
    texts: Sequence[str], read_moment: Callable[[str], Moment]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, offsets in minutes and readability (n,) of a column; times of one fixed width are read together."""
    seconds = np.zeros(len(texts), dtype=np.int64)
    offsets = np.full(len(texts), NAIVE, dtype=np.int64)
    ok = np.zeros(len(texts), dtype=bool)
    width = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if width in (ISO_WIDTH, DATE_WIDTH) and joined.isascii() and all(len(text) == width for text in texts):
        times = iso_times(matrix([joined.encode()], width * len(texts)).reshape(-1, width))
        seconds, ok = times.seconds, times.ok
    for i in np.flatnonzero(~ok).tolist():
        try:
            seconds[i], offset = read_moment(texts[i])
        except (ValueError, OverflowError):
            continue
        offsets[i], ok[i] = NAIVE if offset is None else offset, True
    return seconds, offsets, ok


def column_counts(texts: Sequence[str], dropped: Counter[str], *, has_decimal_comma: bool) -> np.ndarray:
    """Counts (n,), NaN where the cell is empty, negative, not a number or beyond `MAX_COUNT`; reasons are counted."""
    if has_decimal_comma:
        texts = [text.replace(",", ".") for text in texts]
    counts = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype=np.float64, copy=True)
    unread = np.flatnonzero(np.isnan(counts)).tolist()
    empty = sum(texts[i].strip().lower() in _EMPTY for i in unread)
    with np.errstate(invalid="ignore"):
        negative, huge = counts < 0, counts > MAX_COUNT
    count_reason(dropped, "empty count (unknown)", empty)
    count_reason(dropped, "count that is not a number (unknown)", len(unread) - empty)
    count_reason(dropped, "negative count (unknown)", np.count_nonzero(negative))
    count_reason(dropped, f"count above {MAX_COUNT:.0e} (unknown)", np.count_nonzero(huge))
    counts[negative | huge] = np.nan
    return counts


def count_reason(dropped: Counter[str], reason: str, count: int) -> None:
    """Add to what was dropped for a reason, which is named only where it occurred."""
    if count:
        dropped[reason] += int(count)
