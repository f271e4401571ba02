"""The lock of the model sets trained here: one process at a time trains, accepts or discards, from page or terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from forecasting.errors import Conflict, NotReady
from forecasting.settings import Settings

LOCK = "training.lock"
BUSY = "Models are being trained already, from a page or the command line; start again when that is done."


@contextmanager
def sets_locked(settings: Settings) -> Iterator[None]:
    """Hold the lock of a home's model sets, to train one or to change which there are.

    Two trainings at once would take twice as long each, and could replace each other's set half way. The lock goes with
    its process, however that ends. Raises Conflict if it is held already, NotReady if the home cannot be written.
    """
    lock = FileLock(settings.prepare_home() / LOCK, mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise Conflict(BUSY) from None
    except OSError as error:
        raise NotReady(f"The home {settings.home} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()
