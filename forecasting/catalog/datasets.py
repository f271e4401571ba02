"""Data sets by name: what the product asks the catalog for."""

from __future__ import annotations

import builtins
import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
import sqlalchemy as sa

from forecasting.catalog import tables
from forecasting.catalog.appended_points import AppendReport, append, placed
from forecasting.catalog.database import Store
from forecasting.catalog.sample import SAMPLE, sample_series
from forecasting.errors import Conflict, InputError, NotFound, ReadOnly
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import timeframe_of

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_NAMES_SHOWN = 20
_TAKEN = "A data set {name} exists; choose another name, or replace it."


@dataclass(frozen=True)
class DatasetInfo:
    """What is known about a data set without reading its points.

    `start` and `end` are absolute seconds, end excluded; `requests` is the sum over the known bins. `version` is a
    hash of the content and of how it came about: it changes with a count, a flag or the grid, not with the name.
    `created_at` is the time of the import in UTC, None for the embedded sample.
    """

    name: str
    bin_seconds: int
    start: int
    end: int
    time_zone: str | None
    bins: int
    known_bins: int
    requests: float
    synthetic: bool
    embedded: bool
    version: str
    created_at: str | None

    @property
    def timeframe(self) -> str:
        """The bin's name, such as `5m`."""
        return timeframe_of(self.bin_seconds)

    def to_dict(self) -> dict[str, object]:
        """All of it for JSON, with `start` and `end` as `YYYY-MM-DD HH:MM:SS` in wall time."""
        edges = {edge: wall_text(getattr(self, edge), self.time_zone) for edge in ("start", "end")}
        return {"name": self.name, "timeframe": self.timeframe} | vars(self) | edges


class Catalog:
    """The data sets under `settings.home`, and the embedded sample, which is always there and never changes.

    Nothing is written before the first `add`. Every method raises NotReady where the database cannot be used; those
    that change something raise ReadOnly where the settings say so.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self._store = Store(settings)

    def list(self) -> builtins.list[DatasetInfo]:
        """Every data set by name, the sample first."""
        rows = self._store.read(sa.select(*tables.INFO).order_by(tables.datasets.c.name))
        return [_sample_info(), *map(_info_of_row, rows)]

    def info(self, name: str) -> DatasetInfo:
        """One data set's facts; raises NotFound, listing what exists."""
        if name == SAMPLE:
            return _sample_info()
        rows = self._store.read(sa.select(*tables.INFO).where(tables.datasets.c.name == name))
        return _info_of_row(self._first(rows, name))

    def get(self, name: str) -> Series:
        """Return one data set's Series; raise NotFound, listing what exists."""
        return self.get_with_version(name)[0]

    def get_with_version(self, name: str) -> tuple[Series, str]:
        """Return one data set's Series and the version of just that content, read together; raise as `get`."""
        if name == SAMPLE:
            return sample_series(), _sample_info().version
        rows = self._store.read(tables.points_of(name))
        grid = self._first(rows, name)
        arrays = tables.arrays_of(rows)
        zone, synthetic = grid.time_zone, grid.synthetic
        return Series(name, grid.bin_seconds, grid.start, time_zone=zone, synthetic=synthetic, **arrays), grid.version

    def report(self, name: str) -> dict | None:
        """The import report kept with a data set, None where it has none; raises NotFound."""
        if name == SAMPLE:
            return None
        rows = self._store.read(sa.select(tables.datasets.c.report).where(tables.datasets.c.name == name))
        text = self._first(rows, name).report
        return None if text is None else json.loads(text)

    def choices(self, name: str) -> dict | None:
        """What was kept for a data set by `keep_configuration`, None for nothing; raises NotFound."""
        statement = sa.select(tables.choices.c.payload).where(tables.choices.c.name == name)
        rows = self._store.read(statement, since=tables.CHOICES_SINCE)
        if not rows:
            self.info(name)
        return json.loads(rows[0].payload) if rows else None

    def check_add(self, name: str, *, replace: bool = False) -> None:
        """Raise what `add` would raise for this name, before the work that makes the Series.

        ReadOnly, InputError for what is no name, Conflict for the sample and, without `replace`, for a taken one.
        """
        self._check_change(f"add {name}", new=name)
        if not replace and name in {info.name for info in self.list()}:
            raise Conflict(_TAKEN.format(name=name))

    def add(self, series: Series, report: dict | None = None, *, replace: bool = False) -> DatasetInfo:
        """Keep a series under its name, with its import report; with `replace`, in place of the one of that name.

        Choices that were kept for the name stay. Raises Conflict for a taken name, InputError for what is no name and
        for a series without bins.
        """
        self._check_change(f"add {series.name}", new=series.name)
        if len(series) == 0:
            raise InputError(f"{series.name} has no bins; a data set needs at least one.", field="data")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        info = _info_of(series, created_at=now)
        columns = {column.name: getattr(info, column.name) for column in tables.INFO}
        row = columns | {"id": uuid.uuid4().hex, "report": None if report is None else json.dumps(report)}

        def change(connection: sa.Connection) -> None:
            if replace:
                tables.delete_named(connection, series.name)
            connection.execute(sa.insert(tables.datasets), row)
            connection.execute(sa.insert(tables.chunks), list(tables.chunk_rows(series, row["id"])))

        self._store.write(change, conflict=_TAKEN.format(name=series.name))
        return info

    def append(self, name: str, times: np.ndarray, counts: np.ndarray) -> AppendReport:
        """Put counts (n,), NaN for unknown, into the bins at absolute seconds `times` (n,), lengthening the data set.

        Bins between its end and a later point become unknown; a count that is there already is replaced, so posting
        twice is as good as once, and of equal times the last wins. All of it is kept, or nothing; whoever appends at
        the same time loses nothing. Raises NotFound, Conflict for the sample, InputError naming `data.N.ds` for times
        before the first bin or between bins and `data.N.y` for what is no count, TooLarge past the most bins.
        """
        self._check_change(f"append to {name}", old=name)

        def change(connection: sa.Connection) -> AppendReport | None:
            row = tables.lock_named(connection, name)
            if row is None:
                return None
            points = placed(times, counts, row, max(self.settings.max_bins, row.bins))
            return append(connection, row, points)

        report = self._store.write(change)
        if report is None:
            raise self._not_found(name)
        return report

    def keep_configuration(self, name: str, given: dict) -> None:
        """Keep JSON values for a data set, the sample too, in place of what was kept; raises NotFound."""
        self._refuse_if_read_only(f"keep choices for {name}")

        def change(connection: sa.Connection) -> bool:
            is_there = name == SAMPLE or tables.lock_named(connection, name) is not None
            if is_there:
                tables.put_choices(connection, name, json.dumps(given, allow_nan=False))
            return is_there

        if not self._store.write(change):
            raise self._not_found(name)

    def rename(self, name: str, new: str) -> DatasetInfo:
        """Give a data set another name; raises NotFound, Conflict for a taken name, InputError for what is no name."""
        self._check_change(f"rename {name}", old=name, new=new)
        taken = f"A data set {new} exists; choose another name, or remove it first."
        if not self._store.write(lambda connection: tables.rename(connection, name, new), conflict=taken):
            raise self._not_found(name)
        return self.info(new)

    def remove(self, name: str) -> None:
        """Delete a data set; raises NotFound."""
        self._check_change(f"remove {name}", old=name)

        def change(connection: sa.Connection) -> int:
            removed = tables.delete_named(connection, name)
            tables.delete_choices(connection, name)
            return removed

        if not self._store.write(change):
            raise self._not_found(name)

    def _refuse_if_read_only(self, what: str) -> None:
        if self.settings.read_only:
            raise ReadOnly(f"Cannot {what}: this install is read-only (DATAFLOW_READ_ONLY=1).")

    def _check_change(self, what: str, *, old: str | None = None, new: str | None = None) -> None:
        self._refuse_if_read_only(what)
        if new is not None and not _NAME.fullmatch(new):
            raise InputError(
                f"name is {new!r}; write 1 to 63 of a-z, 0-9, '.', '_' and '-', a letter or digit first.", field="name"
            )
        if SAMPLE in (old, new):
            raise Conflict(f"Cannot {what}: {SAMPLE} is the embedded data set, which never changes.")

    def _first(self, rows: Sequence[sa.Row], name: str) -> sa.Row:
        if not rows:
            raise self._not_found(name)
        return rows[0]

    def _not_found(self, name: str) -> NotFound:
        names = [info.name for info in self.list()]
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return NotFound(f"There is no data set {name!r}; there is {', '.join(names[:_NAMES_SHOWN])}{more}.")


@cache
def _sample_info() -> DatasetInfo:
    return _info_of(sample_series(), created_at=None, embedded=True)


def _info_of_row(row: sa.Row) -> DatasetInfo:
    fields = row._asdict()
    return DatasetInfo(**fields, end=row.start + row.bins * row.bin_seconds, embedded=False)


def _info_of(series: Series, *, created_at: str | None, embedded: bool = False) -> DatasetInfo:
    counts = series.requests_count
    with np.errstate(over="ignore"):
        requests = float(np.nan_to_num(np.nansum(counts)))
    return DatasetInfo(
        name=series.name,
        bin_seconds=series.bin_seconds,
        start=series.start,
        end=series.end,
        time_zone=series.time_zone,
        bins=len(series),
        known_bins=int(np.count_nonzero(~np.isnan(counts))),
        requests=requests,
        synthetic=series.synthetic,
        embedded=embedded,
        version=_version_of(series),
        created_at=created_at,
    )


def _version_of(series: Series) -> str:
    grid = (series.bin_seconds, series.start, series.time_zone, series.synthetic)
    digest = hashlib.blake2b(repr(grid).encode(), digest_size=8)
    for row in tables.chunk_rows(series, ""):
        digest.update(row["array"].encode() + row["payload"])
    return digest.hexdigest()
