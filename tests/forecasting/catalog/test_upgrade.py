"""A catalog written by the first version is read as it is, and upgraded in place by the first change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.catalog.tables import SCHEMA_VERSION
from forecasting.errors import NotFound, ReadOnly
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

FIRST_SCHEMA = """
CREATE TABLE catalog_schema (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE datasets (
    id VARCHAR(32) NOT NULL, name VARCHAR(63) NOT NULL, bin_seconds INTEGER NOT NULL, start BIGINT NOT NULL,
    bins INTEGER NOT NULL, known_bins INTEGER NOT NULL, requests DOUBLE NOT NULL, time_zone VARCHAR(64),
    synthetic BOOLEAN NOT NULL, version VARCHAR(32) NOT NULL, created_at VARCHAR(20) NOT NULL, report TEXT,
    PRIMARY KEY (id), UNIQUE (name)
);
CREATE TABLE chunks (
    dataset_id VARCHAR(32) NOT NULL, array VARCHAR(16) NOT NULL, position INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (dataset_id, array, position), FOREIGN KEY(dataset_id) REFERENCES datasets (id)
);
INSERT INTO catalog_schema VALUES (1);
INSERT INTO datasets VALUES
    ('a1', 'shop', 60, 600, 3, 2, 8.0, 'UTC', 0, 'abc', '2026-01-01T00:00:00Z', '{"lines": 3}');
"""
COUNTS = np.array([3.0, np.nan, 5.0])


@pytest.fixture
def old(settings: Settings) -> Settings:
    """Settings with a home whose catalog was made by the first version."""
    settings.prepare_home()
    with closing(sqlite3.connect(settings.catalog_path)) as connection, connection:
        connection.executescript(FIRST_SCHEMA)
        chunk = ("a1", "requests_count", 0, COUNTS.astype("<f8").tobytes())
        connection.execute("INSERT INTO chunks VALUES (?, ?, ?, ?)", chunk)
    return settings


def versions(settings: Settings) -> list[int]:
    with closing(sqlite3.connect(settings.catalog_path)) as connection:
        return [version for (version,) in connection.execute("SELECT version FROM catalog_schema ORDER BY version")]


def assert_nothing_is_lost(catalog: Catalog, name: str = "shop") -> None:
    np.testing.assert_array_equal(catalog.get(name).requests_count[:3], COUNTS)
    assert catalog.report(name) == {"lines": 3}
    assert catalog.info(name).created_at == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("read_only", [False, True])
def test_it_is_read_without_being_changed(old, read_only):
    before = old.catalog_path.read_bytes()
    catalog = Catalog(replace(old, read_only=read_only))
    assert_nothing_is_lost(catalog)
    assert catalog.choices("shop") is None
    assert catalog.choices("sample") is None
    with pytest.raises(NotFound, match="Data set 'nope' not found"):
        catalog.choices("nope")
    assert old.catalog_path.read_bytes() == before


def test_a_read_only_install_never_upgrades_it(old):
    with pytest.raises(ReadOnly):
        Catalog(replace(old, read_only=True)).keep_configuration("shop", {})
    assert versions(old) == [1]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda catalog: catalog.keep_configuration("shop", {"policy": "fixed"}), "shop"),
        (lambda catalog: catalog.append("shop", [780], [7.0]), "shop"),
        (lambda catalog: catalog.add(Series("other", 60, 0, np.ones(1))), "shop"),
        (lambda catalog: catalog.rename("shop", "store"), "store"),
    ],
)
def test_the_first_change_upgrades_it_and_loses_nothing(old, change, name):
    change(Catalog(old))
    assert versions(old) == [1, SCHEMA_VERSION]
    assert_nothing_is_lost(Catalog(old), name)
    Catalog(old).keep_configuration(name, {"policy": "threshold"})
    assert Catalog(old).choices(name) == {"policy": "threshold"}
    assert versions(old) == [1, SCHEMA_VERSION]
