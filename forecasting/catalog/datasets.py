"""The catalog: data sets by name."""

from __future__ import annotations

import builtins
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa

from forecasting.catalog import tables
from forecasting.catalog.appended_points import AppendReport, append, append_all, placed
from forecasting.catalog.appended_series import Extension, extension, with_appended
from forecasting.catalog.built_in import BUILT_IN, built_in_refusal, is_copy
from forecasting.catalog.calendars import configuration_in, events_in, info_with, payload_of, version_with
from forecasting.catalog.damage import damaged, invalid_facts
from forecasting.catalog.dataset_info import DatasetInfo, built_in_info, info_of, info_of_row
from forecasting.catalog.stored_points import COUNTS, DamagedPoints, arrays_of, chunk_rows, flags_of, stored_counts
from forecasting.database import Store
from forecasting.database.schema import migrate_embedded
from forecasting.errors import Conflict, ForecastingError, InputError, NotFound, NotReady, ReadOnly
from forecasting.plain_names import PLAIN_NAME, invalid_name
from forecasting.settings import Settings
from forecasting.timeseries.known_events import KnownEvent
from forecasting.timeseries.series import Series

_NAME = re.compile(PLAIN_NAME)
_NAMES_SHOWN = 20
Result = TypeVar("Result")

_TAKEN = "Data set {name!r} already exists. Choose another name, or replace it."


class Catalog:
    """The data sets under `settings.home`, and the built-in ones, which always exist and never change.

    Before `nasa-http` was built in, users could give that name to a data set of their own. Such a data set is used
    instead of the built-in one and can be changed, renamed and removed; the built-in one returns when it is gone.

    Nothing is written before the first `add`. Every method raises NotReady if the database cannot be used, and Busy if
    others use it for too long, later if `patient`; methods that change something raise ReadOnly if the settings forbid
    changes.
    """

    def __init__(self, settings: Settings, *, patient: bool = False):
        self.settings = settings
        self._store = Store(settings, patient=patient)

    @classmethod
    def migrated(cls, settings: Settings) -> Catalog:
        """Return a patient catalog after an embedded database of an earlier release was upgraded: for commands.

        A read-only install upgrades nothing.
        """
        migrate_embedded(settings)
        return cls(settings, patient=True)

    def list(self) -> builtins.list[DatasetInfo]:
        """Return the facts of every data set by name, the built-in ones first."""
        rows = self._store.read(sa.select(*tables.INFO))
        own = sorted(map(info_of_row, rows), key=lambda info: info.name)  # databases differ in the order of text
        hidden = {info.name for info in own}
        infos = [*(built_in_info(name) for name in BUILT_IN if name not in hidden), *own]
        stored = self._store.read(sa.select(tables.choices))
        payloads = {row.name: row.payload for row in stored}
        return [info_with(info, payloads.get(info.name)) for info in infos]

    def info(self, name: str) -> DatasetInfo:
        """Return the facts of a data set; raises NotFound with the available names."""
        if self._is_built_in(name):
            return info_with(built_in_info(name), self._payload(name))
        rows = self._store.read(sa.select(*tables.INFO).where(tables.datasets.c.name == name))
        return info_with(info_of_row(self._first(rows, name)), self._payload(name))

    def zones(self, names: Sequence[str]) -> dict[str, str | None]:
        """Return the time zones of those of these data sets that are stored and exist."""
        columns = (tables.datasets.c.name, tables.datasets.c.time_zone)
        statements = [sa.select(*columns).where(tables.datasets.c.name.in_(part)) for part in tables.parts(names)]
        return {row.name: row.time_zone for statement in statements for row in self._store.read(statement)}

    def get(self, name: str) -> Series:
        """Return the Series of a data set; raises NotFound with the available names."""
        return self.get_with_version(name)[0]

    def get_with_version(self, name: str) -> tuple[Series, str]:
        """Return the Series of a data set and the version of that very content, read together; raises as `get`.

        The series has the known events of the data set's calendar.
        """
        events = events_in(self._payload(name))
        series, version = self._points(name)
        return series.with_events(events), version_with(version, events)

    def _points(self, name: str) -> tuple[Series, str]:
        """Return a data set without its calendar, and its version."""
        if self._is_built_in(name):
            return BUILT_IN[name].series(), built_in_info(name).version

        def read(connection: sa.Connection) -> tuple[sa.Row[Any], dict[str, np.ndarray]] | None:
            row = connection.execute(tables.named(name)).first()
            reason = None if row is None else invalid_facts(row._asdict())[0]
            if row is not None and reason is not None:
                raise DamagedPoints(row, reason)
            return None if row is None else (row, arrays_of(connection, row))

        try:
            stored = self._store.snapshot(read, missing=lambda: None)
        except DamagedPoints as error:
            self._record_damage(name, error.reason)
            raise damaged(name, error.reason) from error
        if stored is None:
            raise self._not_found(name)
        grid, arrays = stored
        series = Series(
            name,
            grid.bin_seconds,
            grid.start,
            arrays[COUNTS],
            time_zone=grid.time_zone,
            is_burst=arrays.get("is_burst"),
            is_event=arrays.get("is_event"),
            synthetic=grid.synthetic,
        )
        return series, grid.version

    def problems(self) -> dict[str, str]:
        """Read every stored data set and return what is wrong with each damaged one, by name.

        What is found is recorded, so that lists say it too; damage that is gone is forgotten.
        """
        problems = {}
        for row in self._store.read(sa.select(tables.datasets.c.name, tables.datasets.c.damage)):
            try:
                self._points(row.name)
            except NotFound:
                continue  # removed meanwhile
            except NotReady as error:
                problems[row.name] = error.message
            else:
                if row.damage is not None:
                    self._record_damage(row.name, None)
        return problems

    def _record_damage(self, name: str, reason: str | None) -> None:
        """Write down what is known about the damage of a data set, for lists; a read-only or full one goes without."""
        if self.settings.read_only:
            return
        named = tables.datasets.c.name == name
        with suppress(NotReady):
            self._store.write(
                lambda connection: connection.execute(sa.update(tables.datasets).where(named).values(damage=reason))
            )

    def report(self, name: str) -> dict[str, Any] | None:
        """Return the import report stored with a data set, None if it has none; raises NotFound."""
        if self._is_built_in(name):
            return None
        rows = self._store.read(sa.select(tables.datasets.c.report).where(tables.datasets.c.name == name))
        text = self._first(rows, name).report
        return None if text is None else json.loads(text)

    def choices(self, name: str) -> dict[str, Any] | None:
        """Return the configuration stored for a data set, None without one; raises NotFound."""
        payload = self._payload(name)
        if payload is None:
            self.info(name)
        return configuration_in(payload)

    def calendar(self, name: str) -> tuple[KnownEvent, ...]:
        """Return the known events of a data set; raises NotFound."""
        payload = self._payload(name)
        if payload is None:
            self.info(name)
        return events_in(payload)

    def _payload(self, name: str) -> str | None:
        """Return what is stored for a name beside its points; None if there is nothing."""
        statement = sa.select(tables.choices.c.payload).where(tables.choices.c.name == name)
        rows = self._store.read(statement)
        return rows[0].payload if rows else None

    def check_add(self, name: str, *, replace: bool = False) -> None:
        """Raise the errors that `add` would raise for this name, before the work of making the Series.

        ReadOnly, InputError for an invalid name, Conflict for a built-in one and, without `replace`, for a taken name.
        """
        self._check_change(f"add {name}", new=name)
        if not replace and name in {info.name for info in self.list()}:
            raise Conflict(_TAKEN.format(name=name))

    def add(self, series: Series, report: dict[str, Any] | None = None, *, replace: bool = False) -> DatasetInfo:
        """Store a series under its name, with its import report; with `replace`, instead of the one of that name.

        A configuration stored for the name stays; a built-in one replaced by its own counts does too. Raises Conflict
        for a taken name, InputError for an invalid name and for a series without bins.
        """
        if replace and self._is_built_in(series.name) and is_copy(series):
            return built_in_info(series.name)
        self._check_change(f"add {series.name}", new=series.name)
        if len(series) == 0:
            raise InputError(f"{series.name} must have at least one bin (got none).", field="data")
        info = info_of(series, created_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        columns = {column.name: getattr(info, column.name) for column in tables.INFO}
        storage = {"chunked": len(series), "flags": flags_of(series), "journaled": 0}
        row = columns | storage | {"id": uuid.uuid4().hex, "report": None if report is None else json.dumps(report)}

        def change(connection: sa.Connection) -> None:
            tables.put(connection, row, replace=replace)
            connection.execute(sa.insert(tables.chunks), list(chunk_rows(series, row["id"])))

        self._store.write(change, conflict=_TAKEN.format(name=series.name), repeat=replace)
        return info

    def append(self, name: str, times: np.ndarray, counts: np.ndarray) -> AppendReport:
        """Write counts (n,), NaN for unknown, to the bins at absolute seconds `times` (n,), extending the data set.

        Bins between its end and a later point become unknown. An existing count is replaced, so repeating a call has
        no further effect; of points with equal times the last one wins. The change is atomic, and concurrent appends
        do not lose points. Raises NotFound, Conflict for a built-in one, InputError for `data.N.ds` (before the first
        bin, between bins, or too far after the end) and `data.N.y` (not a count), TooLarge past the limit of bins.
        """
        self._check_change(f"append to {name}", old=name)

        def change(connection: sa.Connection) -> AppendReport | None:
            row = tables.lock_named(connection, name)
            if row is None:
                return None
            points = placed(times, counts, row, bins=row.bins, max_bins=max(self.settings.max_bins, row.bins))
            return append(connection, row, points)

        report = self._change_points(name, change)
        if report is None:
            raise self._not_found(name)
        return report

    def append_many(
        self, points: Mapping[str, tuple[np.ndarray, np.ndarray]]
    ) -> dict[str, AppendReport | ForecastingError]:
        """Append to many data sets at once, in one transaction: times (n,) and counts (n,) by name, as in `append`.

        Returns the report of each, or the error for which it was left out; the others are appended all the same.
        """
        self._refuse_if_read_only("append points")
        most = self.settings.max_bins
        refused: dict[str, AppendReport | ForecastingError] = {
            name: built_in_refusal(f"append to {name}", name) for name in points if self._is_built_in(name)
        }
        while True:
            wanted = {name: points[name] for name in points if name not in refused}
            try:
                return refused | self._store.write(partial(append_all, points=wanted, max_bins=most))
            except DamagedPoints as error:
                refused[error.name] = damaged(error.name, error.reason)

    def _change_points(self, name: str, change: Callable[[sa.Connection], Result]) -> Result:
        """Run a change of a data set's points; raises Damaged, and records that."""
        try:
            return self._store.write(change)
        except DamagedPoints as error:
            self._record_damage(name, error.reason)
            raise damaged(name, error.reason) from error

    def check_extend(self, series: Series, *, overlap: str | None = None) -> Extension:
        """Return what `extend` would do, or raise what it would raise but ReadOnly; nothing is written."""
        self.refuse_built_in("append to", series.name)
        present = self.get(series.name)

        def stored(positions: np.ndarray) -> np.ndarray:
            counts = np.full(len(positions), np.nan)
            inside = positions < len(present)
            counts[inside] = present.requests_count[positions[inside]]
            return counts

        most = max(self.settings.max_bins, len(present))
        return extension(series, present, bins=len(present), stored=stored, overlap=overlap, max_bins=most)[1]

    def extend(
        self, series: Series, report: dict[str, Any] | None = None, *, overlap: str | None = None
    ) -> tuple[DatasetInfo, Extension]:
        """Append a later span to the data set of the series' name, with the report of its import, in one transaction.

        Bins with a count in both are settled by `overlap` (one of `OVERLAP_RULES`), bins between the former end and the
        series become unknown. Raises NotFound, Conflict for a built-in one and for an overlap without a rule,
        InputError for another bin, zone or grid and for a series that begins before the data set, TooLarge past the
        limit of bins.
        """
        self._check_change(f"append to {series.name}", old=series.name)

        def change(connection: sa.Connection) -> Extension | None:
            row = tables.lock_named(connection, series.name)
            if row is None:
                return None
            points, done = extension(
                series,
                row,
                bins=row.bins,
                stored=lambda positions: stored_counts(connection, [(row, positions)])[0],
                overlap=overlap,
                max_bins=max(self.settings.max_bins, row.bins),
            )
            append(connection, row, points)
            if report is not None:
                mine = tables.datasets.c.id == row.id
                former = connection.execute(sa.select(tables.datasets.c.report).where(mine)).scalar()
                text = json.dumps(with_appended(former, done.reported(report, row, overlap)))
                connection.execute(sa.update(tables.datasets).where(mine).values(report=text))
            return done

        done = self._change_points(series.name, change)
        if done is None:
            raise self._not_found(series.name)
        return self.info(series.name), done

    def keep_configuration(self, name: str, given: dict[str, Any]) -> None:
        """Store the configuration (JSON values) of any data set, replacing any other; raises NotFound.

        Its calendar stays.
        """
        self._keep(f"store the configuration of {name}", name, lambda stored: payload_of(given, events_in(stored)))

    def keep_calendar(self, name: str, events: Sequence[KnownEvent]) -> None:
        """Store the known events of any data set, replacing any others; raises NotFound. Its configuration stays."""
        self._keep(f"store the calendar of {name}", name, lambda stored: payload_of(configuration_in(stored), events))

    def _keep(self, what: str, name: str, payload: Callable[[str | None], str]) -> None:
        """Store what `payload` makes of the text that is stored for a data set."""
        self._refuse_if_read_only(what)

        def change(connection: sa.Connection) -> bool:
            exists = name in BUILT_IN or tables.lock_named(connection, name) is not None
            if exists:
                tables.put_choices(connection, name, payload(tables.get_choices(connection, name)))
            return exists

        if not self._store.write(change, repeat=True):
            raise self._not_found(name)

    def rename(self, name: str, new: str) -> DatasetInfo:
        """Rename a data set; raises NotFound, Conflict for a taken name, InputError for an invalid name."""
        self._check_change(f"rename {name}", old=name, new=new)
        taken = f"Data set {new!r} already exists. Choose another name, or remove it first."
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

        if not self._store.free(change):
            raise self._not_found(name)

    def _refuse_if_read_only(self, what: str) -> None:
        if self.settings.read_only:
            raise ReadOnly(f"Cannot {what}: this install is read-only (DATAFLOW_READ_ONLY=1).")

    def _check_change(self, what: str, *, old: str | None = None, new: str | None = None) -> None:
        self._refuse_if_read_only(what)
        if new is not None and not _NAME.fullmatch(new):
            raise invalid_name(repr(new))
        for name in (old, new):
            if name is not None and self._is_built_in(name):
                raise built_in_refusal(what, name)

    def refuse_built_in(self, action: str, name: str) -> None:
        """Raise Conflict for a built-in data set."""
        if self._is_built_in(name):
            raise built_in_refusal(f"{action} {name}", name)

    def _is_built_in(self, name: str) -> bool:
        """Whether the name means a built-in data set: it does, unless the user has one of this name from before."""
        if name not in BUILT_IN or not BUILT_IN[name].may_be_hidden:
            return name in BUILT_IN
        return not self._store.read(sa.select(tables.datasets.c.name).where(tables.datasets.c.name == name))

    def _first(self, rows: Sequence[sa.Row[Any]], name: str) -> sa.Row[Any]:
        if rows:
            return rows[0]
        raise self._not_found(name)

    def _not_found(self, name: str) -> NotFound:
        names = [info.name for info in self.list()]
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return NotFound(f"Data set {name!r} not found. Available: {', '.join(names[:_NAMES_SHOWN])}{more}.")
