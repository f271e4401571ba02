"""The lock of the model sets trained here: one process at a time trains, accepts or discards, on whatever machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from forecasting.database import Store
from forecasting.database.leases import Lease, held
from forecasting.settings import Settings

LEASE = "model-sets"
BUSY = "Models are being trained already, from a page or the command line; start again when that is done."


@contextmanager
def sets_locked(settings: Settings) -> Iterator[Lease]:
    """Hold the lock of the model sets, to train one or to change which there are.

    Two trainings at once would take twice as long each, and could replace each other's set half way. The lock is a
    lease in the database: that of a killed process ends by itself. Raises Conflict if it is held already, NotReady if
    the database cannot be written.
    """
    with held(Store(settings, patient=True), LEASE, busy=BUSY) as lease:
        yield lease
