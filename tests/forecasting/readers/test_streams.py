"""Opening files: compression by content, limits, broken and foreign files, blocks of whole lines."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from functools import reduce
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers import streams
from forecasting.readers.streams import MAX_LINE_BYTES, blocks, opened

TEXT = b"".join(b"line %d of a log that is long enough\n" % i for i in range(20_000))


HALF = TEXT.index(b"\n", 50_000) + 1


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped_alone(data: bytes) -> bytes:
    return zipped({"log.txt": data})


def read(data: bytes, limit_bytes: int = 1 << 30, name: str = "x.csv") -> bytes:
    with opened((name, io.BytesIO(data)), limit_bytes=limit_bytes) as (streams, _):
        return b"".join(bytes(block) for stream in streams for block in blocks(stream))


@pytest.mark.parametrize(
    "packed",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:50_000]) + gzip.compress(TEXT[50_000:]),
        bz2.compress(TEXT),
        bz2.compress(TEXT[:50_000]) + bz2.compress(TEXT[50_000:]),
        zipped_alone(TEXT),
        zipped({"folder/log.txt": TEXT, "__MACOSX/x": b"\0\1"}),
        lzma.compress(TEXT),
        zstandard.compress(TEXT),
        zipped({"a.log": TEXT[:HALF], "b.log": TEXT[HALF:]}),
        tarred({"a.log": TEXT[:HALF], "b.log": TEXT[HALF:]}),
        gzip.compress(tarred({"a.log.gz": gzip.compress(TEXT)})),
        b"\xef\xbb\xbf" + TEXT,
        TEXT.decode().encode("utf-16"),
        TEXT.decode().encode("utf-16-be"),
        TEXT.replace(b"\n", b"\r"),
    ],
    ids=[
        *("plain", "gz", "joined gz", "bz2", "joined bz2", "zip", "zip of a mac", "xz", "zst", "zip of two", "tar"),
        *("gz in a tar in a gz", "BOM", "UTF-16", "UTF-16 without a BOM", "carriage returns"),
    ],
)
def test_the_content_tells_the_compression(packed: bytes, tmp_path: Path) -> None:
    assert read(packed, name="no-matter.what") == TEXT
    path = tmp_path / "file"
    path.write_bytes(packed)
    with opened(path, limit_bytes=1 << 30) as (streams, consumed):
        assert b"".join(bytes(block) for stream in streams for block in blocks(stream)) == TEXT
        assert 0 < consumed() <= len(packed)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("missing_bytes", [1, 9, 2000])
def test_a_cut_off_file_is_an_error_not_a_shorter_file(pack, missing_bytes: int) -> None:
    with pytest.raises(FileRefused, match=r"^x\.csv is cut off: its compressed data ends too early\.$"):
        read(pack(TEXT)[:-missing_bytes])


def test_damaged_data_is_refused() -> None:
    damaged = bytearray(gzip.compress(TEXT))
    damaged[len(damaged) // 2] ^= 0xFF
    with pytest.raises(FileRefused, match=r"x\.csv cannot be expanded"):
        read(bytes(damaged))
    wrong_sum = gzip.compress(TEXT)[:-8] + struct.pack("<II", 1, len(TEXT))
    with pytest.raises(FileRefused, match=r"x\.csv cannot be expanded: CRC check failed"):
        read(wrong_sum)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zipped_alone], ids=["gz", "bz2", "zip"])
@pytest.mark.parametrize("bomb", [bytes(40 << 20), (bytes(1 << 20) + b"\n") * 40], ids=["one endless line", "lines"])
def test_a_bomb_is_stopped_early_with_little_memory(pack, bomb: bytes) -> None:
    packed = pack(bomb)
    assert len(packed) < 1 << 20
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"is larger than 8,388,608 bytes when expanded; split it"):
            read(packed, limit_bytes=8 << 20)
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"^x\.csv is empty\.$"),
        (gzip.compress(b""), "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, r"is not text: \d+ of its first \d+ bytes are control bytes"),
        (zlib.compress(TEXT), "is not text"),
        (reduce(lambda data, _: gzip.compress(data), range(6), TEXT), "is not text"),
        (b"\x28\xb5\x2f\xfd" + bytes(99), "is empty|cannot be expanded"),
        (b"SQLite format 3\0" + bytes(99), "is an SQLite database"),
        (zipped({}), "is empty"),
        (zipped({"a.zip": zipped_alone(TEXT)}), "is a zip inside an archive; expand it first"),
        (tarred({"a.log": TEXT})[:-60_000], r"x\.csv/a\.log cannot be expanded: unexpected end of data"),
        (
            zipped({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<y/>"}),
            "is an Office document, but no Excel workbook; export the numbers as CSV",
        ),
        (zipped_alone(TEXT)[:-30], "is no zip that can be read"),
    ],
)
def test_what_is_no_text_is_refused_by_its_name_and_reason(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(data)


def test_an_encrypted_zip_is_refused() -> None:
    data = bytearray(zipped_alone(TEXT))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileRefused, match=r"cannot be read from the zip: .*encrypted"):
        read(bytes(data))


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.log"):
        with pytest.raises(FileRefused, match="is no file that can be read"), opened(path, limit_bytes=9):
            pass


def test_a_hole_left_by_log_rotation_is_no_binary_file() -> None:
    assert read(bytes(5000) + TEXT)[5000:] == TEXT


def test_a_last_line_without_newline_is_ended() -> None:
    assert read(b"a\nb") == b"a\nb\n"


@pytest.mark.parametrize("extra", [0, 1, 5, 1 << 20, 3 << 20])
def test_a_line_longer_than_a_block_is_cut_and_the_next_is_whole(extra: int) -> None:
    long_line = b"y" * (streams.BLOCK_BYTES + extra)
    for before in (b"", b"first\n"):
        expected = before + b"y" * MAX_LINE_BYTES + b"\nnext\n"
        got = read(before + long_line + b"\nnext\n")
        assert got in (expected, before + long_line + b"\nnext\n")
        assert got.count(b"\n") == expected.count(b"\n")


LINES = st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=30)


@given(LINES, st.integers(1, 99))
def test_blocks_are_the_lines_in_order_whatever_the_pieces_that_arrive(lines: list[bytes], piece: int) -> None:
    data = b"\n".join(lines) or b"x"

    class Trickle(io.RawIOBase):
        left = data

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:
            taken, self.left = self.left[: min(piece, len(buffer))], self.left[min(piece, len(buffer)) :]
            buffer[: len(taken)] = taken
            return len(taken)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK_BYTES", 64)
        patch.setattr(streams, "MAX_LINE_BYTES", 64)
        got = [bytes(block) for block in blocks(streams.TextStream(Trickle(), "x"))]
    assert all(block.endswith(b"\n") for block in got)
    assert b"".join(got) == data + (b"" if data.endswith(b"\n") else b"\n")
