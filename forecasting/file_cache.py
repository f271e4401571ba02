"""Cache files: whole files of bytes in a private folder, bounded by size. What is in them, the caller reads safely.

The caches under `Settings.cache_path` store JSON or plain arrays (`.npy`) in such a folder: nothing is ever unpickled.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from forecasting.settings import make_private

log = logging.getLogger(__name__)

BLOCK_BYTES = 4096
"""The least that a file takes on a disk, whatever is in it."""

WRITING = ".writing-"
ABANDONED_SECONDS = 3600
"""A temporary file that old belongs to a process that was killed."""

TRIMMED_SHARE = 7 / 8
"""The share of the bound that remains in use after old entries were removed."""

UNCHECKED_SHARE = 1 / 64
"""The share of the bound that one process writes before it looks at the size of the folder again."""


class _Entry(NamedTuple):
    used_at: float
    weight: int
    path: str


def private_folder(folder: Path) -> Path:
    """Create `folder` (mode 0700) or check the one that exists, and return it.

    Raises PermissionError if it is a link, belongs to another user, or others may write in it; OSError if it cannot be
    created.
    """
    status = make_private(folder).lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise PermissionError(f"{folder} is not a folder")
    if status.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} can be written by other users (mode {stat.S_IMODE(status.st_mode):o})")
    return folder


class FileCache:
    """Entries by name, each one file `<name><suffix>` in `folder`, of at most `max_bytes` together.

    The entries used least recently are removed first. Several processes may share a folder: each looks at its size
    again after writing 1/64 of the bound. Raises OSError if the folder, or the one above it, is not private.
    """

    def __init__(self, folder: Path, max_bytes: int, suffix: str):
        private_folder(folder.parent)
        self.folder, self._max_bytes, self._suffix = private_folder(folder), max_bytes, suffix
        self._unchecked: int | None = None

    def path(self, name: str) -> Path:
        """The file of an entry."""
        return self.folder / f"{name}{self._suffix}"

    def read(self, name: str) -> bytes | None:
        """The bytes of an entry, which counts as used now; None if there is none or it cannot be read."""
        path = self.path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("%s cannot be read: %s.", path, error)
            return None
        with suppress(OSError):  # another process has just removed it, or the disk is read-only
            os.utime(path)
        return data

    def write(self, name: str, data: bytes, *, replace: bool = True) -> bool:
        """Write an entry whole or not at all; return whether it is there. Without `replace` an existing one stays.

        False, and a warning in the log, if the disk is full or the entry alone exceeds the bound.
        """
        weight = max(len(data), BLOCK_BYTES)
        if weight > self._max_bytes:
            log.warning("An entry of %d bytes exceeds the %d bytes of %s.", len(data), self._max_bytes, self.folder)
            return False
        self._make_room(weight)
        temporary: str | None = None
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=WRITING, delete=False) as file:
                temporary = file.name
                file.write(data)
            if replace:
                os.replace(temporary, self.path(name))
                temporary = None
            else:
                os.link(temporary, self.path(name))
        except FileExistsError:
            return False
        except OSError as error:
            log.warning("%s cannot be written: %s.", self.path(name), error)
            return False
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)
        return True

    def remove(self, name: str) -> bool:
        """Remove an entry; return whether it was there."""
        try:
            self.path(name).unlink()
        except OSError:
            return False
        return True

    def discard_damaged(self, name: str, problem: object) -> None:
        """Remove an entry whose bytes are not what they should be, and log it: the caller computes it again."""
        log.warning("%s is damaged (%s); it is removed and computed again.", self.path(name), problem)
        self.remove(name)

    def clear(self) -> None:
        """Remove every entry."""
        for entry in self._entries():
            Path(entry.path).unlink(missing_ok=True)

    def _make_room(self, weight: int) -> None:
        """Remove the least recently used entries if `weight` more bytes would exceed the bound."""
        if self._unchecked is not None and self._unchecked + weight <= UNCHECKED_SHARE * self._max_bytes:
            self._unchecked += weight
            return
        self._unchecked = 0
        entries = self._entries()
        used = sum(entry.weight for entry in entries)
        if used + weight <= self._max_bytes * (1 - UNCHECKED_SHARE):
            return
        for entry in sorted(entries):
            if used + weight <= self._max_bytes * TRIMMED_SHARE:
                break
            Path(entry.path).unlink(missing_ok=True)
            used -= entry.weight

    def _entries(self) -> list[_Entry]:
        """Every file of the folder; an abandoned temporary file counts as never used."""
        try:
            with os.scandir(self.folder) as files:
                return [entry for file in files if (entry := _entry_of(file)) is not None]
        except OSError as error:
            log.warning("%s cannot be listed: %s.", self.folder, error)
            return []


def _entry_of(file: os.DirEntry[str]) -> _Entry | None:
    """What a file weighs; None if another process has just removed it, or is writing it."""
    try:
        status = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    used_at = status.st_mtime
    if file.name.startswith(WRITING):
        if time.time() - used_at < ABANDONED_SECONDS:
            return None
        used_at = 0.0
    return _Entry(used_at, max(status.st_size, BLOCK_BYTES), file.path)
