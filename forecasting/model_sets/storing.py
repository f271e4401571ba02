"""Changes of the model sets in the database, each one transaction: stored, accepted, removed.

Files are written before, in small transactions of their own: files that no set names yet are seen by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import zstandard

from forecasting.database import Store
from forecasting.database.database_clock import database_time
from forecasting.database.leases import Lease
from forecasting.model_sets import set_tables as tables
from forecasting.model_sets.card import Card, FileFacts, card_text
from forecasting.timeseries.timeframes import HOUR

LEVEL = 10
KEEP_SECONDS = HOUR
"""How long the files of a replaced set stay, for processes that are about to load them."""
BATCH_BYTES = 4 * 2**20


@dataclass(frozen=True)
class NewFile:
    """A file on its way into the database: its path within the set, and where its bytes are."""

    path: str
    source: Path
    sha256: str

    @property
    def row(self) -> dict[str, str]:
        """The columns of the file in its set."""
        timeframe, model = (*self.path.split("/"), "", "")[:2]
        return {"path": self.path, "timeframe": timeframe, "model": model, "sha256": self.sha256}


def new_files(folder: Path, files: Mapping[str, FileFacts]) -> list[NewFile]:
    """Return the files of a set in a folder, given the facts about each by its path there."""
    return [NewFile(path, folder / path, facts["sha256"]) for path, facts in files.items()]


def store_set(name: str, card: str, files: list[NewFile], store: Store, lease: Lease) -> None:
    """Store a set with its files in place of the one of that name. Raises Conflict if the lease was lost."""
    _store_files(files, store, lease)

    def put(connection: sa.Connection) -> None:
        lease.check(connection)
        tables.remove_set(connection, name)
        _insert_set(connection, name, card)
        if files:
            connection.execute(sa.insert(tables.model_set_files), [{"model_set": name, **file.row} for file in files])
        tables.mark_changed(connection, database_time(connection), KEEP_SECONDS)

    store.write(put)


def _insert_set(connection: sa.Connection, name: str, card: str) -> None:
    connection.execute(sa.insert(tables.model_sets).values(name=name, stamp=tables.new_stamp(), card=card))


def _store_files(files: list[NewFile], store: Store, lease: Lease) -> None:
    batch: dict[str, NewFile] = {}
    size = 0
    for file in files:
        batch[file.sha256] = file
        size += file.source.stat().st_size
        if size >= BATCH_BYTES:
            _store_batch(batch, store, lease)
            batch, size = {}, 0
    _store_batch(batch, store, lease)


def _store_batch(batch: dict[str, NewFile], store: Store, lease: Lease) -> None:
    """Store the content of files. What is there already, though nobody may name it, is written anew."""
    if not batch:
        return
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    rows = []
    for sha256, file in batch.items():
        data = file.source.read_bytes()
        rows.append({"sha256": sha256, "size": len(data), "payload": compressor.compress(data)})
    contents = tables.model_files.c

    def put(connection: sa.Connection) -> None:
        lease.check(connection)
        now = database_time(connection)
        for row in rows:
            same = contents.sha256 == row["sha256"]
            changed = sa.update(tables.model_files).where(same).values(payload=row["payload"], size=row["size"])
            if not connection.execute(changed).rowcount:
                connection.execute(sa.insert(tables.model_files).values(**row, unused_since=now))

    store.write(put)


def rename_set(name: str, new: str, card: Card, store: Store, lease: Lease) -> None:
    """Give a set, whose card this is, another name, in place of the set that has it."""
    renamed = card_text({**card, "model_set": new})
    files = tables.model_set_files.c

    def put(connection: sa.Connection) -> None:
        lease.check(connection)
        tables.remove_set(connection, new)
        _insert_set(connection, new, renamed)
        connection.execute(sa.update(tables.model_set_files).where(files.model_set == name).values(model_set=new))
        tables.remove_set(connection, name)
        tables.mark_changed(connection, database_time(connection), KEEP_SECONDS)

    store.write(put)


def remove_stored(name: str, store: Store, lease: Lease) -> bool:
    """Remove a set; return whether there was one."""

    def put(connection: sa.Connection) -> bool:
        lease.check(connection)
        found = tables.remove_set(connection, name)
        tables.mark_changed(connection, database_time(connection), KEEP_SECONDS)
        return bool(found)

    return store.write(put)
