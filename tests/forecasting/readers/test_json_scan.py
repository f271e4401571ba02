"""Objects are cut out of documents as a parser would, whatever pieces the document comes in."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import FileRefused
from forecasting.readers import import_files
from forecasting.readers.json_scan import ITEM, Arrays, objects

TEXTS = st.text(alphabet='ab"\\{}[]:, \n\u00e9', max_size=8)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


class Pieces:
    """A stream that gives few bytes at a time."""

    def __init__(self, data: bytes, size: int):
        self._inner = io.BytesIO(data)
        self._size = size

    def read(self, count: int) -> bytes:
        return self._inner.read(min(self._size, count))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.dictionaries(TEXTS, VALUES, max_size=4), st.integers()), max_size=6),
    st.dictionaries(TEXTS.filter(lambda key: key != "rows"), VALUES, max_size=3),
    st.integers(1, 40),
    st.sampled_from([None, 1]),
)
def test_objects_of_an_array_are_those_of_a_parser(rows, around, size, indent):
    documents = [{**around, "rows": rows}, {"rows": rows, **around}]
    text = "".join(json.dumps(document, indent=indent, ensure_ascii=False) for document in documents).encode()
    found = [json.loads(one) for one in objects(Pieces(text, size), ("rows", ITEM), "x")]
    assert found == 2 * [row for row in rows if isinstance(row, dict)]
    nested = {"a": [{"b": document} for document in documents]}
    path = ("a", ITEM, "b", "rows", ITEM)
    assert [json.loads(one) for one in objects(Pieces(json.dumps(nested).encode(), size), path, "x")] == found
    first = next((row for row in rows if isinstance(row, dict)), None)
    kept = Arrays.of(text).first.get(("rows", ITEM))
    assert (None if kept is None else json.loads(kept)) == first


RECORD = {"time": "2024-02-24T10:00:05Z", "method": "GET", "path": "/x", "status": 200}


def count(text: str | bytes) -> tuple[float, int]:
    data = text.encode() if isinstance(text, str) else text
    series, report = import_files([("x.json", io.BytesIO(data))], name="x")
    return float(series.requests_count.sum()), report.malformed


@pytest.mark.parametrize("number", ["123456789012345678901234567890", "1e999", "NaN", "-Infinity"])
def test_a_number_that_no_float_holds_refuses_nothing(number):
    odd = json.dumps(RECORD)[:-1] + f', "bytes": {number}}}'
    assert count(f'{{"records": [{json.dumps(RECORD)}, {odd}]}}') == (2, 0)
    assert count(f"{json.dumps(RECORD)}\n{odd}\n") == (2, 0)


def test_a_part_that_is_no_json_is_unreadable_and_the_others_count():
    assert count(f'[{json.dumps(RECORD)}, {{"time": 00x}}, {json.dumps(RECORD)}]') == (2, 1)


@pytest.mark.parametrize(
    "document",
    [
        {"columns": [{"name": "time", "type": "string"}], "records": [RECORD] * 3},
        {"meta": {"tags": [{"a": 1}]}, "data": {"logs": [{"entries": [RECORD] * 3}]}},
        {"messageType": "DATA_MESSAGE", "logEvents": [{"timestamp": 1708768805000, "message": json.dumps(RECORD)}] * 3},
        {"aliases": [{"when": "x"}], "hits": {"total": 3, "hits": [{"_index": "a", "_source": RECORD}] * 3}},
    ],
)  # fmt: skip
def test_the_array_with_times_is_taken(document):
    assert count(json.dumps(document)) == (3, 0)
    assert count(json.dumps(document) + json.dumps(document)) == (6, 0)


def test_a_line_with_an_array_among_records_is_a_line():
    start = {
        "level": "info",
        "msg": "started",
        "plugins": [{"name": "a"}],
        "jobs": [{"next_at": "2024-02-24T10:00:00Z"}],
    }
    assert count("\n".join(map(json.dumps, [start, RECORD, RECORD]))) == (2, 1)


def test_what_stands_between_records_is_unreadable():
    texts = [json.dumps(RECORD, indent=1), "what is this", json.dumps(RECORD, indent=1), json.dumps(RECORD), "end"]
    assert count("\n".join(texts)) == (3, 2)


@pytest.mark.parametrize(
    "text",
    ['{"records": [{"a": 1}', '[{"a": "b', '[{"time": 1}]]]', '{"data": {"result": [{"metric": {}, "values": [[}]}}'],
)
def test_broken_documents_are_refused_in_one_line(text):
    with pytest.raises(FileRefused) as refusal:
        count(text)
    assert "\n" not in refusal.value.message


def test_an_endless_text_in_a_document_is_refused_at_once():
    with pytest.raises(FileRefused, match="without the end of a record"):
        count(b'[{"time": "' + b"x" * (40 << 20))
