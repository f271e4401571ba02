"""The schema: the revisions make the tables of the code, upgrades lose nothing, other schemas are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import forecasting.jobs.schedule_table  # noqa: F401  # defines tables
from forecasting.access import access_tables  # noqa: F401 - adds its tables
from forecasting.catalog import Catalog
from forecasting.database import Store, metadata
from forecasting.database.engines import new_engine
from forecasting.database.leases import leases
from forecasting.database.location import name_of
from forecasting.database.schema import Migration, create_embedded, migrate, migrate_embedded, revisions
from forecasting.errors import Damaged, NotReady, ReadOnly
from forecasting.model_sets.set_tables import model_sets
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.old_catalog import COUNTS, EVENTS, TABLES, VERSION, write_old_catalog

TABLES_OF_THE_CODE = {leases, model_sets}
"""Tables of modules that nothing else here imports."""


@pytest.fixture
def old(settings: Settings) -> Settings:
    """Settings with a home whose catalog 0.4.0 wrote."""
    write_old_catalog(settings.catalog_path)
    return settings


def execute(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    engine = new_engine(settings, patient=False)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def assert_nothing_is_lost(settings: Settings) -> None:
    catalog = Catalog(settings)
    series, version = catalog.get_with_version("shop")
    np.testing.assert_array_equal(series.requests_count, COUNTS)
    np.testing.assert_array_equal(series.is_event, EVENTS)
    assert (version, catalog.info("shop").version) == (VERSION, VERSION)
    assert (catalog.report("shop"), catalog.choices("shop")) == ({"lines": 3}, {"policy": "fixed"})
    assert catalog.info("shop").created_at == "2026-01-01T00:00:00Z"


def test_the_revisions_follow_one_another_in_the_order_of_their_numbers():
    config = Config()
    config.set_main_option("script_location", "forecasting.database:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [revisions()[-1]]
    assert [script.revision for script in scripts.walk_revisions()] == [*reversed(revisions())]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_revisions_make_exactly_the_tables_of_the_code(database, settings, request):
    if database == "postgresql":
        settings = replace(settings, database_url=request.getfixturevalue("blank_url"))
    assert migrate(settings) == Migration(name_of(settings), None, revisions()[-1])
    assert migrate(settings) == Migration(name_of(settings), revisions()[-1], revisions()[-1])
    engine = new_engine(settings, patient=False)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(metadata.tables.values()) >= TABLES_OF_THE_CODE
    engine.dispose()


def test_a_file_of_04_is_refused_until_it_is_upgraded(old):
    before = old.catalog_path.read_bytes()
    for use in (Catalog(old).list, lambda: Catalog(old).add(Series("other", 60, 0, np.ones(1)))):
        with pytest.raises(NotReady, match=r"has the schema of an earlier release; .* Run `dataflow migrate`"):
            use()
    with pytest.raises(ReadOnly):
        migrate(replace(old, read_only=True))
    assert migrate_embedded(replace(old, read_only=True)) is None
    assert old.catalog_path.read_bytes() == before


@pytest.mark.parametrize("run", [migrate, migrate_embedded])
def test_a_file_of_04_is_upgraded_in_place_and_loses_nothing(old, run):
    assert run(old) == Migration(name_of(old), None, revisions()[-1])
    assert_nothing_is_lost(old)
    assert migrate_embedded(old) is None
    assert execute(old, "PRAGMA journal_mode") == [("wal",)]
    assert execute(old, "PRAGMA auto_vacuum") == [(2,)]
    catalog = Catalog(old)
    catalog.append("shop", [4_200_600], [7.0])
    assert catalog.info("shop").bins == 70_001


def test_04_refuses_a_file_that_was_upgraded(old):
    migrate(old)
    with closing(sqlite3.connect(old.catalog_path)) as connection:
        assert connection.execute("SELECT max(version) FROM catalog_schema").fetchone() > (2,)


def test_a_file_of_the_first_release_is_upgraded(settings):
    write_old_catalog(settings.catalog_path, schema=1)
    migrate(settings)
    assert Catalog(settings).choices("shop") is None
    Catalog(settings).keep_configuration("shop", {"policy": "fixed"})
    assert_nothing_is_lost(settings)


@pytest.mark.parametrize("tables", range(1, len(TABLES)))
def test_a_file_left_with_some_tables_is_finished(settings, tables):
    write_old_catalog(settings.catalog_path, tables=tables)
    migrate(settings)
    Catalog(settings).add(Series("shop", 60, 0, np.ones(1)))
    assert len(Catalog(settings).get("shop")) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_newer_schema_is_refused(database, settings, request):
    if database == "postgresql":
        settings = replace(settings, database_url=request.getfixturevalue("blank_url"))
    migrate(settings)
    execute(settings, "UPDATE alembic_version SET version_num = '9999'")
    newer = rf"has schema revision 9999; this program knows up to {revisions()[-1]}\. Upgrade the program"
    for use in (Catalog(settings).list, lambda: migrate(settings)):
        with pytest.raises(NotReady, match=newer):
            use()


def test_a_newer_file_without_revisions_is_refused(old):
    execute(old, "INSERT INTO catalog_schema VALUES (7)")
    with pytest.raises(NotReady, match="has schema revision 7; this program knows up to"):
        migrate(old)


def test_postgresql_is_only_upgraded_by_the_command(settings, blank_url):
    settings = replace(settings, database_url=blank_url)
    for use in (Catalog(settings).list, lambda: Catalog(settings).add(Series("shop", 60, 0, np.ones(1)))):
        with pytest.raises(NotReady, match=r"has no tables yet\. Create them with `dataflow migrate`"):
            use()
    assert migrate_embedded(settings) is None


def test_an_embedded_database_is_created_whole_and_once(settings):
    assert create_embedded(settings)
    assert not create_embedded(settings)
    assert sorted(path.name for path in settings.home.iterdir()) == ["cache", "catalog.reserve", "catalog.sqlite3"]
    assert Store(settings).read(sa.select(sa.literal(1))) == [(1,)]


def test_an_empty_file_is_not_taken_for_a_new_database(settings):
    settings.prepare_home()
    settings.catalog_path.touch()
    for use in (Catalog(settings).list, lambda: migrate(settings)):
        with pytest.raises(NotReady, match="is an empty file: what was in it is lost"):
            use()


def test_a_file_that_is_no_database_is_not_upgraded(settings):
    Path(settings.prepare_home(), settings.catalog_path.name).write_bytes(b"not a database at all" * 200)
    for use in (migrate, migrate_embedded):
        with pytest.raises(NotReady, match="file is not a database"):
            use(settings)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("UPDATE chunks SET payload = x'00' WHERE position = 1", "it has 70,000 bins, but 65,53"),
        ("DELETE FROM chunks", "it has 70,000 bins, but 0 values of requests_count"),
    ],
)
def test_a_data_set_that_was_damaged_before_is_named_after_the_upgrade(old, damage, reason):
    with closing(sqlite3.connect(old.catalog_path)) as connection, connection:
        connection.execute(damage)
    migrate(old)
    catalog = Catalog(old)
    assert catalog.info("shop").damage.startswith(reason)
    with pytest.raises(Damaged, match="'shop' is damaged"):
        catalog.get("shop")
    catalog.remove("shop")
    assert [info.embedded for info in catalog.list()] == [True, True]
