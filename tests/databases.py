"""The databases of tests: one PostgreSQL database per session, emptied before each test, or the file of a home."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from forecasting.database.engines import close_all
from forecasting.database.schema import migrate
from forecasting.settings import Settings
from tests.servers import PostgreSQL, postgresql_server, redis_server

KEPT = {"alembic_version", "catalog_schema"}
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, shared by all tests."""
    with postgresql_server() as server:
        yield server
        close_all()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The REDIS_URL of a server shared by all tests: use keys of your own, or flush it first."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_url(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the session's PostgreSQL database, with all tables."""
    url = postgresql.new_database("migrated")
    migrate(Settings(home=tmp_path_factory.mktemp("migrating"), database_url=url))
    return url


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The URL of a PostgreSQL database with all tables and no rows."""
    with psycopg.connect(migrated_url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({name for (name,) in rows} - KEPT)
        connection.execute(f"TRUNCATE {', '.join(tables)}")
    return migrated_url


@pytest.fixture
def blank_url(postgresql: PostgreSQL) -> str:
    """The URL of a new PostgreSQL database without tables."""
    return postgresql.new_database(f"blank{next(_numbers)}")


BOTH = ["sqlite", "postgresql"]


def settings_of(database: str, home: Path, request: pytest.FixtureRequest) -> Settings:
    """Return settings with a home of their own, and an empty database of this kind."""
    if database == "sqlite":
        return Settings(home=home)
    return Settings(home=home, database_url=request.getfixturevalue("database_url"))
