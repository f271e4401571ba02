"""A backup: an ordinary zip file with one JSON line for each row of each table, and a manifest with checksums.

It is a consistent snapshot, made while others write, and the same for every database.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.database.location import name_of
from forecasting.database.schema import migrate, revisions
from forecasting.database.store import Store
from forecasting.database.transfer.copying import refuse_data
from forecasting.database.transfer.rows import (
    BATCH_ROWS,
    Checksum,
    Row,
    continue_numbers,
    count_of,
    empty_tables,
    insert_rows,
    row_of_text,
    rows_of,
    tables_of,
    text_of_row,
    verify,
)
from forecasting.errors import FileRefused, NotFound, ReadOnly, WorkFailed
from forecasting.progress import Progress, silent
from forecasting.settings import Settings
from forecasting.version import installed_version

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 2**20
MAX_ROW_BYTES = 2**30
READ, VERIFIED = 0.8, 1.0
"""The shares of the time of a restore at which rows are written, and verified."""


class TableFacts(BaseModel):
    """The rows of one table in a backup."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rows: int = Field(ge=0)
    checksum: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a backup is of, and the checksum of each table."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: int
    program: str
    revision: str
    created_at: str
    database: str
    tables: dict[str, TableFacts]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True)
class Backup:
    """A backup file, and what is in it."""

    path: Path
    manifest: Manifest


def backup(settings: Settings, path: Path, report: Progress = silent) -> Backup:
    """Write a backup of the database to a new file, whole or not at all.

    Raises FileRefused if the file exists, NotFound if there is no database yet, WorkFailed if it cannot be written.
    """
    if path.exists():
        raise FileRefused(f"{path} exists already. Choose another name, or remove it first.")
    store = Store(settings, patient=True)
    try:
        with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=".backup-", delete=False) as file:
            temporary = Path(file.name)
            try:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                    manifest = store.snapshot(lambda one: _write(one, archive, settings, report), missing=lambda: None)
                if manifest is None:
                    raise NotFound(f"The {name_of(settings)} does not exist: there is nothing to back up.")
                file.flush()
                os.fsync(file.fileno())
                os.link(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
    except FileExistsError as error:
        raise FileRefused(f"{path} exists already. Choose another name, or remove it first.") from error
    except OSError as error:
        raise WorkFailed(f"{path} cannot be written: {error.strerror}.") from error
    return Backup(path, manifest)


def _write(connection: sa.Connection, archive: zipfile.ZipFile, settings: Settings, report: Progress) -> Manifest:
    tables = tables_of(connection)
    total, done = max(count_of(connection, tables), 1), 0
    facts = {}
    for table in tables:
        checksum = Checksum()
        with (
            archive.open(_member(table.name), "w", force_zip64=True) as member,
            rows_of(connection, table) as batches,
        ):
            for batch in batches:
                for row in batch:
                    text = text_of_row(row)
                    checksum.add(text)
                    member.write(text.encode() + b"\n")
                done += len(batch)
                report(done / total, f"writing {table.name}")
        facts[table.name] = TableFacts(rows=checksum.rows, checksum=checksum.hexadecimal)
    manifest = Manifest(
        format=FORMAT,
        program=installed_version(),
        revision=revisions()[-1],
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        database=connection.dialect.name,
        tables=facts,
    )
    archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def restore(settings: Settings, path: Path, *, replace: bool = False, report: Progress = silent) -> Backup:
    """Write the rows of a backup into the database, in one transaction: killed at any moment, it is as before or as
    the backup.

    With `replace` what was in it is removed. Raises FileRefused for a file that is no whole backup of this schema,
    Conflict for a database that is not empty, ReadOnly, and NotReady.
    """
    if settings.read_only:
        raise ReadOnly("Cannot restore a backup: this install is read-only (DATAFLOW_READ_ONLY=1).")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            migrate(settings)

            def change(connection: sa.Connection) -> None:
                _read(connection, archive, manifest, path, settings, replace=replace, report=report)

            Store(settings, patient=True).write(change)
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileRefused(f"{path} is not a whole backup: {error}. Nothing was changed.") from error
    report(VERIFIED, "verified")
    return Backup(path, manifest)


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        with archive.open(MANIFEST) as member:
            manifest = Manifest.model_validate_json(member.read(MAX_MANIFEST_BYTES))
    except KeyError as error:
        raise FileRefused(f"{path} is not a backup: it has no {MANIFEST}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or MANIFEST
        raise FileRefused(f"{path} is not a backup that this version reads: {place}: {first['msg']}.") from error
    if manifest.format != FORMAT:
        raise FileRefused(f"{path} has format {manifest.format}; this version reads {FORMAT}.")
    if manifest.revision != revisions()[-1]:
        raise FileRefused(
            f"{path} has schema revision {manifest.revision}, and this version {revisions()[-1]}. Restore it with "
            f"version {manifest.program}, then upgrade with `dataflow migrate`."
        )
    return manifest


def _read(
    connection: sa.Connection,
    archive: zipfile.ZipFile,
    manifest: Manifest,
    path: Path,
    settings: Settings,
    *,
    replace: bool,
    report: Progress,
) -> None:
    tables = tables_of(connection)
    if replace:
        empty_tables(connection, tables)
    else:
        refuse_data(connection, tables, settings, " Restore into an empty one, or replace what is there: --replace.")
    if unknown := sorted({table.name for table in tables} ^ set(manifest.tables)):
        raise FileRefused(f"{path} does not have the tables of this version: {', '.join(unknown)}.")
    done = 0
    for table in tables:
        facts, checksum = manifest.tables[table.name], Checksum()
        for batch in _batches(archive, table.name, path, checksum):
            insert_rows(connection, table, batch)
            done += len(batch)
            report(READ * done / max(manifest.rows, 1), f"restoring {table.name}")
        if (checksum.rows, checksum.hexadecimal) != (facts.rows, facts.checksum):
            raise FileRefused(
                f"{path} is damaged: {_member(table.name)} differs from its checksum. Nothing was changed."
            )
        verify(connection, table, checksum)
    continue_numbers(connection, tables)


def _batches(archive: zipfile.ZipFile, table: str, path: Path, checksum: Checksum) -> Iterator[list[Row]]:
    """Yield the rows of a table in batches, counting them into a checksum."""
    batch: list[Row] = []
    try:
        with archive.open(_member(table)) as member, TextIOWrapper(member, "utf-8") as lines:
            while line := lines.readline(MAX_ROW_BYTES):
                batch.append(row_of_text(line))
                checksum.add(line.removesuffix("\n"))
                if len(batch) >= BATCH_ROWS:
                    yield batch
                    batch = []
    except (KeyError, ValueError) as error:
        raise FileRefused(f"{path} is damaged: {_member(table)}: {error}. Nothing was changed.") from error
    yield batch
