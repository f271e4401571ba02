"""JSON documents, archives and lines that are made to take long, or with values of the wrong type."""

from __future__ import annotations

import gzip
import io
import tarfile
import time

import pytest

from forecasting.errors import FileRefused
from forecasting.readers.door import import_files
from forecasting.readers.logs.access_line import access_line
from forecasting.timeseries.series import Series

LINE = b'1.2.3.4 - - [24/Feb/2024:10:00:05 +0000] "GET /x HTTP/1.1" 200 5 "-" "M/1"\n'
RECORD = b'{"time": "2024-02-24T10:00:05Z", "status": 200, "method": "GET", "path": "/x"}'


def imported(data: bytes) -> Series:
    series, _ = import_files([("x.json", io.BytesIO(data))], name="x")
    return series


def tarred(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 65_000,
        b'{"a":[' * 10_000,
        b'{"series":[\n{"pointlist":[["a",1],[1.0,2]]}]}',
        b'{"series":[\n{"pointlist":[1,2]}]}',
        b'{"series":[\n{"pointlist":null}]}',
        b'{"data":{"result":[\n{"metric":{},"values":5}]}}',
        b'{"data":{"result":[\n{"stream":{},"values":7}]}}',
        b'{"MetricDataResults":[\n{"Timestamps":null,"Values":[1]}]}',
    ],
)
def test_a_document_with_wrong_types_or_endless_nesting_is_refused_at_once(document: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(FileRefused):
        imported(document)
    assert time.process_time() - begun < 5


def test_a_record_nested_too_deeply_is_unread_and_the_others_count() -> None:
    deep = b'{"a":' * 400 + b"1" + b"}" * 400
    series, report = import_files([("x.json", io.BytesIO(b'{"records":[\n%s,\n%s]}' % (RECORD, deep)))], name="x")
    assert series.requests_count.sum() == 1
    assert report.malformed == 1


def test_a_tar_inside_an_archive_is_read_to_a_depth() -> None:
    packed = gzip.compress(tarred("a.tar", tarred("x.log", LINE)))
    series, report = import_files([("a.tgz", io.BytesIO(packed))], name="x")
    assert (series.requests_count.sum(), report.malformed) == (1, 0)
    for _ in range(4):
        packed = tarred("a.tar", packed)
    with pytest.raises(FileRefused, match="more than 3 deep; expand it first"):
        imported(packed)


def test_quotes_that_nothing_closes_take_no_time() -> None:
    line = b"2024-02-24 10:00:00 GET /x 200 " + b'"\\' * 4_000
    begun = time.process_time()
    assert all(access_line(line) is not None for _ in range(20))
    assert time.process_time() - begun < 1
