"""JSON that is no line of its own: arrays and envelopes of records, answers of metric systems, and lines of counts.

Records become JSON lines for the log reader, metric answers and counts become CSV for the table reader. A document is
streamed: neither an array of millions of records nor a deep envelope is held in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import ijson
import orjson

from forecasting.errors import FileRefused
from forecasting.readers.logs import json_keys
from forecasting.readers.logs.json_keys import FlatRecord
from forecasting.readers.logs.json_lines import record_line
from forecasting.readers.streams import PEEK_BYTES, Pieces, TextStream
from forecasting.timeseries.clock import wall_text

_METRIC_ANSWERS = ("data.result.item", "MetricDataResults.item", "series.item", "results.item.series.item")
_POINTS = ("Datapoints.item",)

MAX_RECORD_BYTES = 16 << 20
"""More bytes without a record are no log but an endless text."""

MAX_OPEN = 1_000
"""More brackets than these that nothing closes are a bomb: the parser holds the path of each, as long as it is deep."""

_PARSED_BYTES = 8192
"""Bytes given to the parser at once, which bound how deep a document can get before it is looked at."""

_UNREADABLE_RECORD = b'{"unreadable": "nested too deeply"}\n'


def unfolded(stream: TextStream, *, keys_given: bool = False) -> TextStream:
    """Return the stream itself, or the lines that its JSON document holds: the objects of the first array in it.

    `keys_given`: the keys of records are named by the user, so lines are no counts.
    """
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    head = sample.lstrip(b" \t\r\n")
    if head[:1] not in (b"{", b"["):
        return stream
    record = _object(head.partition(b"\n")[0]) if head[:1] == b"{" else None
    path = _records_path(head)
    if path and (record is None or path in (*_METRIC_ANSWERS, *_POINTS) or _buckets(path) or not record_line(record)):
        return _document(stream, path)
    return _of_counts(stream) if record is not None and not keys_given and _is_count(record) else stream


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _records_path(head: bytes) -> str:
    """The path of the first array of objects in a document, as ijson writes it; empty if there is none."""
    try:
        for prefix, event, _ in ijson.parse(_Guarded(io.BytesIO(head), "")):
            if event == "start_map" and prefix.endswith("item"):
                return str(prefix)
    except (ijson.JSONError, FileRefused):
        pass
    return ""


def _buckets(path: str) -> bool:
    return path.startswith("aggregations.") and path.endswith(".buckets.item")


def _document(stream: TextStream, path: str) -> TextStream:
    is_streams = path == "data.result.item" and b'"stream"' in stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    items = _items(stream, path)
    if is_streams:
        return _stream(_loki_lines(items), stream.label)
    if path in _METRIC_ANSWERS:
        return _stream(_csv(_series_rows(items, path)), stream.label)
    if path in _POINTS or _buckets(path):
        return _stream(_csv(_point_rows(items)), stream.label)
    return _stream(map(_record, items), stream.label)


def _record(item: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(item.get("_source", item)) + b"\n"
    except orjson.JSONEncodeError:
        return _UNREADABLE_RECORD


def _items(stream: TextStream, path: str) -> Iterator[dict[str, Any]]:
    guarded = _Guarded(stream, stream.label)
    try:
        for item in ijson.items(guarded, path, use_float=True):
            guarded.reset()
            if isinstance(item, dict):
                yield item
    except ijson.JSONError as error:
        raise FileRefused(f"The JSON document is cut off or broken: {error}.") from error


def _list(value: object) -> list[Any]:
    """A list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


def _series_rows(items: Iterable[dict[str, Any]], path: str) -> Iterator[tuple[object, object, str]]:
    """(time, value, name of the series) of every value in an answer of Prometheus, CloudWatch, Datadog or InfluxDB."""
    for number, item in enumerate(items):
        labels = item.get("metric") or item.get("Label") or item.get("scope") or item.get("tags") or item.get("name")
        name = ",".join(f"{k}={v}" for k, v in labels.items()) if isinstance(labels, dict) else str(labels or number)
        if path == "MetricDataResults.item":
            pairs: Iterable[Any] = zip(_list(item.get("Timestamps")), _list(item.get("Values")), strict=False)
        elif path == "series.item":
            points = _list(item.get("pointlist"))
            pairs = ((p[0] / 1000, p[1]) for p in points if len(_list(p)) == 2 and isinstance(p[0], int | float))
        else:
            if "values" not in item and "value" in item:
                raise FileRefused(
                    "The answer of Prometheus has the key value, one value a series, as an instant query gives. Export "
                    "the answer of query_range, which has values."
                )
            pairs = _list(item.get("values"))
        for pair in pairs:
            if isinstance(pair, list | tuple) and len(pair) >= 2:
                yield pair[0], pair[1], name


def _loki_lines(items: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """The log lines of an answer of Loki, each with the time that Loki has for it."""
    for item in items:
        for pair in _list(item.get("values")):
            if isinstance(pair, list) and len(pair) >= 2:
                yield orjson.dumps({"timestamp": pair[0], "line": pair[1]}) + b"\n"


def _point_rows(items: Iterable[dict[str, Any]]) -> Iterator[tuple[object, object, str]]:
    """(time, value, "") of CloudWatch's data points and of Elasticsearch's buckets."""
    for item in items:
        time = item.get("Timestamp") or item.get("key_as_string") or item.get("key")
        value = next((item[key] for key in ("Sum", "SampleCount", "doc_count") if key in item), None)
        if value is None:
            raise FileRefused(
                "The data points have neither the key Sum nor SampleCount, so they are no counts of requests; ask for "
                "--statistics Sum."
            )
        yield time, value, ""


def _csv(rows: Iterable[tuple[object, object, str]]) -> Iterator[bytes]:
    yield b"timestamp,requests_count,series\n"
    for time, value, name in rows:
        text = f"{time:.3f}" if isinstance(time, float) else str(time)
        yield f'{text},{"" if value in (None, "NaN") else value},"{name.replace(chr(34), "")}"\n'.encode()


def _is_count(record: dict[str, Any]) -> bool:
    """Whether an object is the count of a bin: a time and a number of requests, and nothing of a request."""
    flat = FlatRecord.of(record)
    names = (*json_keys.STATUS_KEYS, *json_keys.METHOD_KEYS, *json_keys.PATH_KEYS, *json_keys.TEXT_KEYS)
    if flat.first(names) is not None or flat.moment() is None:
        return False
    return _count(flat) is not None


def _count(flat: FlatRecord) -> int | float | None:
    value = flat.first([*json_keys.COUNT_KEYS, "value", "y"])
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _of_counts(stream: TextStream) -> TextStream:
    def rows() -> Iterator[tuple[object, object, str]]:
        for line in stream:
            if not line.strip():
                continue
            record = _object(line)
            flat = FlatRecord.of(record) if record is not None else None
            moment = flat.moment() if flat is not None else None
            if flat is None or moment is None:
                yield "unreadable", None, ""
                continue
            seconds, offset = moment
            yield (seconds if offset is not None else wall_text(seconds, None)), _count(flat), ""

    return _stream(_csv(rows()), stream.label)


class _Guarded:
    """A document for the parser in small pieces; a record that is endless or nested without end is refused."""

    def __init__(self, stream: BinaryIO, label: str):
        self._stream = stream
        self._label = label
        self.reset()

    def reset(self) -> None:
        """Count anew from the record that has just been read."""
        self._bytes = self._open = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, _PARSED_BYTES))
        self._bytes += len(data)
        opened, closed = data.count(b"[") + data.count(b"{"), data.count(b"]") + data.count(b"}")
        self._open = max(0, self._open + opened - closed)
        if self._bytes > MAX_RECORD_BYTES:
            raise FileRefused(
                f"{self._label} has {MAX_RECORD_BYTES:,} bytes of JSON without the end of a record; split its records."
            )
        if self._open > MAX_OPEN:
            raise FileRefused(f"{self._label} is JSON nested more than {MAX_OPEN:,} deep; export plain records.")
        return data


def _stream(pieces: Iterator[bytes], label: str) -> TextStream:
    return TextStream(Pieces(pieces), label)
