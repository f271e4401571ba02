"""JSON that is no line of its own: arrays and envelopes of records, answers of metric systems, and lines of counts.

Records become JSON lines for the log reader, metric answers and counts become CSV for the table reader. A document is
streamed: neither an array of millions of records nor a deep envelope is held in memory.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

from forecasting.errors import FileRefused
from forecasting.readers.json_counts import count_rows, is_count
from forecasting.readers.json_scan import ITEM, Arrays, Path, objects
from forecasting.readers.logs.json_keys import FlatRecord
from forecasting.readers.logs.json_lines import loads, record_line
from forecasting.readers.report import printable
from forecasting.readers.streams import PEEK_BYTES, Pieces, TextStream

_PATHS = {
    "prometheus": ("data", "result", ITEM),
    "cloudwatch": ("MetricDataResults", ITEM),
    "datadog": ("series", ITEM),
    "influxdb": ("results", ITEM, "series", ITEM),
    "points": ("Datapoints", ITEM),
    "graphite": (ITEM,),
}
_DOCUMENT = re.compile(rb"\{|\[\s*[\[{]")
_DATADOG_QUERY = b'"timeseries_response"'
_METRIC_KEYS = {path[0] for path in _PATHS.values()} | {"aggregations", "columns", "tables"}


def unfolded(stream: TextStream, *, keys_given: bool = False) -> TextStream:
    """Return the stream itself, or the lines that its JSON document holds: the objects of the array that holds times.

    `keys_given`: the keys of records are named by the user, so lines are no counts.
    """
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    head = sample.lstrip(b" \t\r\n")
    if not _DOCUMENT.match(head):
        return stream
    if head[:1] == b"{" and _DATADOG_QUERY in head:
        return _stream(_csv(_query_rows(_items(objects(stream, (), stream.label)))), stream.label)
    first, _, rest = head.partition(b"\n")
    record = _object(first) if head[:1] == b"{" else None
    if record is None or _METRIC_KEYS & set(record) or not record_line(record):
        arrays = Arrays.of(head if record is None else first)
        if rows := _rows_of_columns(arrays):
            path, names = rows
            rows_in = (_list(loads(item)) for item in objects(stream, path, stream.label, opening="["))
            return _stream(_table(rows_in, names), stream.label)
        path_of_records = _array_of_records(arrays, record is not None and bool(rest.strip()))
        if path_of_records is not None:
            is_counts = not keys_given and _holds_counts(arrays.first[path_of_records])
            return _document(stream, path_of_records, is_counts)
    if record is not None and not keys_given and is_count(record):
        return _stream(_csv(count_rows(line for line in stream if line.strip())), stream.label)
    return stream


def _holds_counts(item: bytes | None) -> bool:
    record = _object(item) if item is not None else None
    return record is not None and record_line(record) is None and is_count(record)


def _rows_of_columns(arrays: Arrays) -> tuple[Path, list[str]] | None:
    """The path of the rows of a table, and the names of its columns, as SQL over HTTP answers."""
    for path in arrays.rows:
        if path[-2:] in (("rows", ITEM), ("values", ITEM)) and path[:-2] in arrays.columns:
            columns = loads(arrays.columns[path[:-2]])
            names = [one.get("name") if isinstance(one, dict) else one for one in _list(columns)]
            if path != (*_PATHS["influxdb"], "values", ITEM) and all(isinstance(name, str) for name in names):
                return path, [str(name) for name in names]
    return None


def _table(rows: Iterable[list[Any]], names: list[str]) -> Iterator[bytes]:
    """Rows of a table as CSV."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
        if target.tell() > PEEK_BYTES:
            yield target.getvalue().encode("utf-8", "replace")
            target.seek(0)
            target.truncate()
    yield target.getvalue().encode("utf-8", "replace")


def _object(line: bytes) -> dict[str, Any] | None:
    value = loads(line)
    return value if isinstance(value, dict) else None


def _array_of_records(arrays: Arrays, is_one_of_lines: bool) -> Path | None:
    """Return the array that holds what is counted: of a known metric answer, of records, or of objects with a time.

    A line that stands beside others and holds an array of something else is a record of its own.
    """
    for path, raw in arrays.first.items():
        is_graphite = raw is None or b'"datapoints"' in raw
        if (path in _PATHS.values() or _buckets(path)) and (path != _PATHS["graphite"] or is_graphite):
            return path
    items = {path: _object(item) if item is not None else None for path, item in arrays.first.items()}
    top = items.pop((), None)
    is_record = not is_one_of_lines and top is not None and (record_line(top) is not None or is_count(top))
    if is_record and arrays.tops > 1:  # records over several lines, or one behind the other
        return ()
    for path, item in items.items():
        if item is not None and (record_line(item.get("_source", item)) is not None or is_count(item)):
            return path
    if is_one_of_lines:
        return None
    if is_record:
        return ()
    timed = (path for path, item in items.items() if item is not None and FlatRecord.of(item).moment() is not None)
    cut = (path for path, item in items.items() if item is None)
    return next(timed, None) or next(cut, None) or next(iter(items), None)


def _buckets(path: Path) -> bool:
    return path[:1] == ("aggregations",) and path[-2:] == ("buckets", ITEM)


def _document(stream: TextStream, path: Path, is_counts: bool) -> TextStream:
    is_streams = path == _PATHS["prometheus"] and b'"stream"' in stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    raw = objects(stream, path, stream.label)
    if is_streams:
        return _stream(_loki_lines(_items(raw)), stream.label)
    if _buckets(path):
        return _stream(_bucket_lines(_items(raw)), stream.label)
    if path == _PATHS["points"]:
        return _stream(_csv(_point_rows(_items(raw))), stream.label)
    is_graphite = path == _PATHS["graphite"] and b'"datapoints"' in stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    if is_graphite or (path in _PATHS.values() and path != _PATHS["graphite"]):
        return _stream(_csv(_series_rows(_items(raw), path)), stream.label)
    if is_counts:
        return _stream(_csv(count_rows(raw)), stream.label)
    return _stream(map(_line, raw), stream.label)


def _line(item: bytes) -> bytes:
    """The bytes of an object as one line; of a hit of Elasticsearch, its source."""
    if b'"_source"' in item and (record := _object(item)) is not None and isinstance(record.get("_source"), dict):
        item = orjson.dumps(record["_source"])
    # Line ends stand between the parts of an object only: in a text they are escaped.
    return item.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def _items(raw: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for item in raw:
        record = _object(item)
        if record is None:
            raise FileRefused(f"The JSON document has a part that cannot be read: {printable(item)}.")
        yield record


def _list(value: object) -> list[Any]:
    """A list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


def _series_rows(items: Iterable[dict[str, Any]], path: Path) -> Iterator[tuple[object, object, str]]:
    """(time, value, name of the series) of every value in an answer of Prometheus, CloudWatch, Datadog or InfluxDB."""
    for number, item in enumerate(items):
        labels = item.get("metric") or item.get("Label") or item.get("scope") or item.get("tags") or item.get("name")
        name = ",".join(f"{k}={v}" for k, v in labels.items()) if isinstance(labels, dict) else str(labels or number)
        if path == _PATHS["cloudwatch"]:
            pairs: Iterable[Any] = zip(_list(item.get("Timestamps")), _list(item.get("Values")), strict=False)
        elif path == _PATHS["datadog"]:
            points = _list(item.get("pointlist"))
            pairs = ((p[0] / 1000, p[1]) for p in points if len(_list(p)) == 2 and isinstance(p[0], int | float))
        elif path == _PATHS["graphite"]:
            name = str(item.get("target") or number)
            pairs = ((p[1], p[0]) for p in _list(item.get("datapoints")) if len(_list(p)) == 2)
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
    """(time, value, "") of CloudWatch's data points."""
    for item in items:
        value = next((item[key] for key in ("Sum", "SampleCount") if key in item), None)
        if value is None:
            raise FileRefused(
                "The data points have neither the key Sum nor SampleCount, so they are no counts of requests; ask for "
                "--statistics Sum."
            )
        yield item.get("Timestamp"), value, ""


def _bucket_lines(items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Elasticsearch's buckets as a table: time, documents, and the metrics that are aggregated beside them."""
    first = next(items, None)
    if first is None:
        return
    metrics = [key for key, part in first.items() if isinstance(part, dict) and "value" in part]
    names = ["timestamp", "doc_count", *metrics]

    def cells() -> Iterator[list[object]]:
        for item in chain([first], items):
            values = [part.get("value") if isinstance(part := item.get(key), dict) else None for key in metrics]
            yield [item.get("key_as_string") or item.get("key"), item.get("doc_count"), *values]

    yield from _table(cells(), names)


def _query_rows(items: Iterable[dict[str, Any]]) -> Iterator[tuple[object, object, str]]:
    """(time, value, name of the series) of Datadog's answers to a query of its second version, which has columns."""
    for item in items:
        data = item.get("data")
        answer = data.get("attributes") if isinstance(data, dict) else None
        answer = answer if isinstance(answer, dict) else {}
        times = [time / 1000 if isinstance(time, int | float) else None for time in _list(answer.get("times"))]
        for number, (values, series) in enumerate(
            zip(_list(answer.get("values")), _list(answer.get("series")), strict=False)
        ):
            tags = _list(series.get("group_tags")) if isinstance(series, dict) else []
            name = ",".join(map(str, tags)) or str(number)
            yield from ((time, value, name) for time, value in zip(times, _list(values), strict=False))


def _csv(rows: Iterable[tuple[object, object, str]]) -> Iterator[bytes]:
    yield b"timestamp,requests_count,series\n"
    for time, value, name in rows:
        text = f"{time:.3f}" if isinstance(time, float) else str(time)
        yield f'{text},{"" if value in (None, "NaN") else value},"{name.replace(chr(34), "")}"\n'.encode()


def _stream(pieces: Iterator[bytes], label: str) -> TextStream:
    return TextStream(Pieces(pieces), label)
