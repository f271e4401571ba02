"""Everything that is stored, read once: what is damaged, and whether the disk has room."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.database import Store
from forecasting.database.location import is_embedded, name_of
from forecasting.errors import DamagedModelSet, ForecastingError
from forecasting.model_sets.installed import damaged
from forecasting.model_sets.inventory import installed_sets
from forecasting.progress import Progress, silent
from forecasting.settings import MEBIBYTE, Settings

Check = Callable[[], Iterator[str]]


def problems_of(settings: Settings, report: Progress = silent) -> list[str]:
    """Return a sentence for each thing that is damaged, with the way out; none if all is well.

    Reads every data set, configuration and calendar, every file of every model set from the database or the package,
    and the free disk space. Raises NotReady if the database cannot be used at all.
    """
    checks = _checks(settings)
    problems: list[str] = []
    for number, (name, check) in enumerate(checks.items(), start=1):
        problems += check()
        report(number / len(checks), name)
    return problems


def _checks(settings: Settings) -> dict[str, Check]:
    catalog = Catalog(settings, patient=True)
    checks: dict[str, Check] = {"disk": partial(_disk, settings), "database": partial(_database, settings)}
    checks["data sets"] = partial(_points, catalog)
    for info in catalog.list():
        checks[f"data set {info.name}"] = partial(_settings_of, catalog, info.name)
    for name in installed_sets(settings).states:
        checks[f"model set {name}"] = partial(_model_set, settings, name)
    return checks


def _disk(settings: Settings) -> Iterator[str]:
    folder = settings.existing_folder
    free = shutil.disk_usage(folder).free
    if free < settings.least_free_bytes:
        least = settings.least_free_bytes // MEBIBYTE
        yield f"The disk of {folder} has {free / MEBIBYTE:,.0f} MiB free. Give it at least {least} MiB."


def _database(settings: Settings) -> Iterator[str]:
    """Let SQLite look at every page of its file; PostgreSQL checks pages as it reads them."""
    if not is_embedded(settings):
        return

    def look(connection: sa.Connection) -> list[str]:
        return [str(text) for (text,) in connection.execute(sa.text("PRAGMA integrity_check(10)"))]

    found: list[str] = Store(settings, patient=True).snapshot(look, missing=list)
    if found not in ([], ["ok"]):
        yield f"The {name_of(settings)} is damaged: {'; '.join(found)}. Restore a backup (dataflow restore)."


def _points(catalog: Catalog) -> Iterator[str]:
    yield from catalog.problems().values()


def _settings_of(catalog: Catalog, name: str) -> Iterator[str]:
    """Read the configuration, the calendar and the report of a data set."""
    try:
        catalog.choices(name)
        catalog.calendar(name)
        catalog.report(name)
    except ForecastingError as error:
        yield error.message
    except (ValueError, TypeError, KeyError) as error:
        yield f"What is stored about data set {name!r} cannot be read ({error}). Restore a backup, or import it again."


def _model_set(settings: Settings, name: str) -> Iterator[str]:
    state = installed_sets(settings).states.get(name)
    if isinstance(state, DamagedModelSet):
        yield state.message
    elif state is not None:
        for defect in state.files.defects():
            yield damaged(name, defect).message
