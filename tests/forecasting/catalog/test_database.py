"""The store's schema has a version, and what is left by a process that died is finished or ignored."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.catalog.tables import SCHEMA_VERSION, metadata, schema
from forecasting.errors import NotReady
from forecasting.timeseries.series import Series


def engine_of(settings) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{settings.catalog_path}", poolclass=sa.NullPool)


def one_bin(name="shop") -> Series:
    return Series(name, 60, 0, np.ones(1))


def test_the_schema_version_is_written(settings):
    Catalog(settings).add(one_bin())
    with engine_of(settings).connect() as connection:
        assert connection.execute(sa.select(schema.c.version)).scalars().all() == [SCHEMA_VERSION]


def test_a_catalog_of_a_later_version_is_left_alone(settings):
    Catalog(settings).add(one_bin())
    with engine_of(settings).begin() as connection:
        connection.execute(sa.insert(schema).values(version=SCHEMA_VERSION + 1))
    for use in (Catalog(settings).list, lambda: Catalog(settings).add(one_bin("other"))):
        with pytest.raises(NotReady, match=rf"has schema version {SCHEMA_VERSION + 1}; this program reads up to"):
            use()


@pytest.mark.parametrize("tables_made", range(len(metadata.sorted_tables) + 1))
def test_a_schema_left_half_made_reads_as_empty_and_is_finished_by_the_next_writer(settings, tables_made):
    settings.prepare_home()
    with engine_of(settings).begin() as connection:
        for table in metadata.sorted_tables[:tables_made]:
            table.create(connection)
    catalog = Catalog(settings)
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample"]
    catalog.add(one_bin())
    assert len(catalog.get("shop")) == 1


def test_nothing_in_the_statements_is_only_sqlites():
    """Every table compiles for PostgreSQL too."""
    from sqlalchemy.dialects import postgresql

    for table in metadata.sorted_tables:
        text = str(sa.schema.CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "CREATE TABLE" in text
