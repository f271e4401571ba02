"""Slots: a bounded number of jobs runs at a time, whichever web workers started them; later ones wait."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from forecasting.file_cache import private_folder

MOST_AT_ONCE = max(4, os.cpu_count() or 1)
LOOK_SECONDS = 0.2


@contextmanager
def slot(folder: Path, wait: Callable[[], None], most: int = MOST_AT_ONCE) -> Iterator[None]:
    """Hold one of the `most` slots, which are locks in `folder`; call `wait` once if all are taken.

    A lock is released when its process ends, however that happens.
    """
    private_folder(folder)
    locks = [FileLock(folder / f"{number}.lock") for number in range(most)]
    lock = _free(locks)
    if lock is None:
        wait()
        while (lock := _free(locks)) is None:
            time.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _free(locks: list[FileLock]) -> FileLock | None:
    """The first lock that could be taken."""
    for lock in locks:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return lock
    return None
