"""Archives that are made to take memory, and files beside logs that are none."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest

from forecasting.errors import TooLarge
from forecasting.readers import import_files

LINE = b'192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /x HTTP/1.1" 200 5\n'


def zip_of_names(count: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return packed.getvalue()


def tar_of(*infos: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(LINE) if info.size == len(LINE) else io.BytesIO())
    return gzip.compress(packed.getvalue())


def folder(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (zip_of_names(10_001), "holds more than 10,000 files"),
        (tar_of(*(folder(f"{n}") for n in range(9_000))), "bytes of tar headers without a file"),
        (tar_of(tarfile.TarInfo("n" * 30_000_000)), "bytes of tar headers without a file"),
    ],
    ids=["names in a zip", "folders in a tar", "a name without end"],
)
def test_what_stands_before_the_files_is_bounded(packed, message):
    tracemalloc.start()
    with pytest.raises(TooLarge, match=message):
        import_files([("a.bin", io.BytesIO(packed))], name="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_tar_of_logs_between_folders_is_read():
    log = tarfile.TarInfo("logs/a.log")
    log.size = len(LINE)
    series, _ = import_files([("a.tgz", io.BytesIO(tar_of(folder("logs"), log, folder("x"))))], name="x")
    assert series.requests_count.tolist() == [1]


ERROR_LOG = b'2024/02/24 10:00:05 [error] 1#1: *1 open() failed, request: "GET /b"\n'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def test_files_without_a_request_are_a_note_in_folders_and_archives(tmp_path):
    files = {"access.log": LINE, "error.log": ERROR_LOG, "logo.png": PICTURE, "old/README.txt": b"Rotated daily.\n"}
    site = tmp_path / "site"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(data)
            archive.writestr(name, data)
    packed.seek(0)
    for source in (site, ("site.zip", packed)):
        series, report = import_files([source], name="x")
        assert series.requests_count.tolist() == [1]
        (note,) = [note for note in report.notes if "hold no request" in note]
        assert note.startswith("3 of 4 files hold no request and are left out: site")


def test_a_member_of_a_zip_may_have_no_name():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.log", LINE)
        archive.writestr("bbbb", b"x")
    nameless = packed.getvalue().replace(b"bbbb", b"\0bbb")  # a name ends at its first NUL
    series, _ = import_files([("a.zip", io.BytesIO(nameless))], name="x")
    assert series.requests_count.tolist() == [1]
