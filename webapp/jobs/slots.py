"""Turns: so many jobs are worked on at a time, whichever workers they came from; those that come later wait."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from forecasting.settings import make_private

MOST_AT_ONCE = max(4, os.cpu_count() or 1)
LOOK_SECONDS = 0.2


@contextmanager
def turn(folder: Path, wait: Callable[[], None], most: int = MOST_AT_ONCE) -> Iterator[None]:
    """Have one of the `most` turns that are locks in `folder`; `wait` is told once where all are taken.

    A lock goes with its process, however that ends.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("w")) for path in _paths(make_private(folder), most)]
        if not _taken(files):
            wait()
            while not _taken(files):
                time.sleep(LOOK_SECONDS)
        yield


def _paths(folder: Path, most: int) -> list[Path]:
    return [folder / f"{number}.lock" for number in range(most)]


def _taken(files: list[TextIO]) -> bool:
    """Whether one of these files could be locked."""
    for file in files:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False
