"""The uploads of a request lie in one file, each as a file of its own, and are gone with the request."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from contextlib import closing

import pytest
from werkzeug.test import EnvironBuilder

from webapp.http.request_class import IN_MEMORY_BYTES, TidyRequest, UploadedPart


@pytest.fixture
def request_with():
    """Make a request with files, which is closed after the test."""
    requests = []

    def make(files: dict[str, bytes]) -> TidyRequest:
        parts = [(io.BytesIO(data), name) for name, data in files.items()]
        with closing(EnvironBuilder(method="POST", data={"file": parts})) as builder:
            requests.append(TidyRequest(builder.get_environ()))
        return requests[-1]

    yield make
    for request in requests:
        request.close()
        request.environ["wsgi.input"].close()


def test_parts_are_read_as_they_were_sent_in_any_order(request_with):
    sent = {f"{i}.log": bytes([i % 251]) * (i * 997 % 5_000) for i in range(300)}
    request = request_with(sent)
    parts = {file.filename: file.stream for file in request.files.getlist("file")}
    assert list(parts) == list(sent)
    for name in sorted(sent, reverse=True):
        assert parts[name].read() == sent[name]
        parts[name].seek(0)
        assert parts[name].read(3) == sent[name][:3]


def test_large_uploads_need_one_open_file(request_with):
    sent = {f"{i}.log": bytes([i]) * IN_MEMORY_BYTES for i in range(1, 9)}
    request = request_with(sent)
    parts = request.files.getlist("file")
    assert [part.stream.read(1) for part in parts] == [bytes([i]) for i in range(1, 9)]
    assert len({id(part.stream._store) for part in parts}) == 1


def test_containers_are_read_from_a_part(request_with):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.log", b"hello")
    request = request_with({"x.bin": b"1" * 100, "a.zip": archive.getvalue(), "a.gz": gzip.compress(b"world")})
    _, zipped, gzipped = (file.stream for file in request.files.getlist("file"))
    assert zipfile.ZipFile(zipped).read("a.log") == b"hello"
    assert gzip.GzipFile(fileobj=gzipped).read() == b"world"


def test_a_part_behaves_like_a_file():
    with tempfile.TemporaryFile() as store:
        store.write(b"before")
        part = UploadedPart(store)
        assert part.read() == b""
        part.write(b"0123456789")
        assert (part.seek(-3, io.SEEK_END), part.read()) == (7, b"789")
        assert (part.seek(2), part.read(2), part.tell()) == (2, b"23", 4)
        assert (part.seek(99), part.read()) == (99, b"")
        with pytest.raises(ValueError, match="negative"):
            part.seek(-1)


def test_what_was_sent_is_gone_with_the_request(request_with):
    request = request_with({"a.log": b"x" * 2 * IN_MEMORY_BYTES})
    (part,) = request.files.getlist("file")
    request.close()
    with pytest.raises(ValueError, match="closed file"):
        part.stream.read()
