"""JSON objects that are the count of a bin: a time and a number of requests, and nothing of a single request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from forecasting.readers.logs import json_keys
from forecasting.readers.logs.json_keys import FlatRecord, value_moment
from forecasting.readers.logs.json_lines import loads
from forecasting.timeseries.clock import wall_text

_COUNTS = (
    *json_keys.COUNT_KEYS, "value", "y", "sum", "cnt", "n", "visits", "pageviews", "int64value", "doublevalue",
)  # fmt: skip
_MOST_LABELS = 3


def is_count(record: dict[str, Any]) -> bool:
    """Return whether an object is the count of a bin."""
    flat = FlatRecord.of(record)
    names = (*json_keys.STATUS_KEYS, *json_keys.METHOD_KEYS, *json_keys.PATH_KEYS, *json_keys.TEXT_KEYS)
    if flat.first(names) is not None or flat.moment() is None:
        return False
    return _count(flat) is not None


def count_rows(texts: Iterable[bytes]) -> Iterator[tuple[object, object, str]]:
    """Return (time, count, labels) of each object."""
    for text in texts:
        record = loads(text)
        flat = FlatRecord.of(record) if isinstance(record, dict) else None
        moment = flat.moment() if flat is not None else None
        if flat is None or moment is None:
            yield "unreadable", None, ""
            continue
        seconds, offset = moment
        yield (seconds if offset is not None else wall_text(seconds, None)), _count(flat), _labels(flat)


def _count(flat: FlatRecord) -> int | float | None:
    value = flat.first(_COUNTS)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _labels(flat: FlatRecord) -> str:
    """The texts beside time and count, by which objects with the same time may differ."""
    labels = [
        f"{key}={value}"
        for key, value in flat.by_path.items()
        if isinstance(value, str) and key not in _COUNTS and value_moment(value) is None
    ]
    return ",".join(labels[:_MOST_LABELS])
