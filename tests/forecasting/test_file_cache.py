"""Cache files: whole or not at all, bounded by bytes, in a folder that nobody else may write."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from forecasting import file_cache as module
from forecasting.file_cache import BLOCK_BYTES, WRITING, FileCache, private_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "values"


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_there_and_back(folder):
    cache = FileCache(folder, 1 << 20, ".txt")
    assert cache.read("a") is None
    assert cache.write("a", b"one")
    assert cache.read("a") == b"one"
    assert cache.write("a", b"two")
    assert FileCache(folder, 1 << 20, ".txt").read("a") == b"two"
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
    assert cache.remove("a")
    assert not cache.remove("a")
    assert cache.read("a") is None


def test_files_and_folders_are_the_owners_alone(folder):
    umask = os.umask(0)
    try:
        FileCache(folder, 1 << 20, "").write("a", b"one")
    finally:
        os.umask(umask)
    for path in (folder, folder.parent, folder / "a"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_entry_used_least_recently_goes_first(folder):
    cache = FileCache(folder, 10 * BLOCK_BYTES, "")
    for n in range(8):
        cache.write(str(n), b"x" * BLOCK_BYTES)
        os.utime(cache.path(str(n)), (n, n))
    cache.read("0")
    for n in range(8, 11):
        cache.write(str(n), b"x" * BLOCK_BYTES)
        assert size(folder) <= 10 * BLOCK_BYTES
    assert cache.read("0") is not None
    assert cache.read("1") is None
    assert cache.read("10") is not None


def test_small_entries_weigh_a_block(folder):
    cache = FileCache(folder, 10 * BLOCK_BYTES, "")
    for n in range(50):
        cache.write(str(n), b"x")
    assert len(list(folder.iterdir())) <= 10


def test_an_entry_over_the_bound_is_refused_and_said(folder, caplog):
    cache = FileCache(folder, 2 * BLOCK_BYTES, "")
    cache.write("small", b"x")
    assert cache.write("large", b"x" * (3 * BLOCK_BYTES)) is False
    assert "exceeds" in caplog.text
    assert cache.read("small") == b"x"


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch, caplog):
    cache = FileCache(folder, 1 << 20, "")
    cache.write("a", b"before")
    real = module.tempfile.NamedTemporaryFile

    def full(**options):
        file = real(**options)

        class Full:
            name = file.name

            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, data):
                file.write(data[:1])
                raise OSError(errno.ENOSPC, "No space left on device")

        return Full()

    monkeypatch.setattr(module.tempfile, "NamedTemporaryFile", full)
    assert cache.write("a", b"after") is False
    assert "No space left" in caplog.text
    assert [path.name for path in folder.iterdir()] == ["a"]
    assert cache.read("a") == b"before"


def test_what_a_killed_process_left_is_removed_when_room_is_needed(folder):
    cache = FileCache(folder, 4 * BLOCK_BYTES, "")
    old, fresh = folder / f"{WRITING}old", folder / f"{WRITING}fresh"
    for path in (old, fresh):
        path.write_bytes(b"x" * 3 * BLOCK_BYTES)
    os.utime(old, (1, 1))
    cache.write("a", b"x" * 2 * BLOCK_BYTES)
    assert not old.exists()
    assert fresh.exists()
    assert cache.read("a") is not None


def test_only_one_of_many_adds(folder):
    cache = FileCache(folder, 1 << 20, "")
    added = []

    def add(n: int) -> None:
        if cache.write("secret", str(n).encode(), replace=False):
            added.append(n)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.read("secret") == str(added[0]).encode()
    assert len(added) == 1
    assert len(list(folder.iterdir())) == 1


def test_reading_counts_as_use(folder):
    cache = FileCache(folder, 1 << 20, "")
    cache.write("a", b"x")
    os.utime(cache.path("a"), (1, 1))
    cache.read("a")
    assert cache.path("a").stat().st_mtime > time.time() - 60


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_is_refused(tmp_path, mode):
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionError, match="can be written by other users"):
        private_folder(folder)
    with pytest.raises(PermissionError, match="can be written by other users"):
        FileCache(folder / "values", 1 << 20, "")


def test_a_link_is_no_private_folder(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="not a folder"):
        private_folder(tmp_path / "cache")


def test_another_user_s_folder_is_refused(tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir(mode=0o700)
    monkeypatch.setattr(module.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        private_folder(tmp_path / "cache")
