"""Damage to what is stored: the data set is named, listed as damaged and can be removed; all others work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.catalog.stored_points import CHUNK_VALUES, checksum_of
from forecasting.catalog.tables import chunks, datasets, journal
from forecasting.errors import Damaged, NotFound
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

BINS = 2 * CHUNK_VALUES + 100
SHOP = sa.select(datasets.c.id).where(datasets.c.name == "shop").scalar_subquery()
ITS_CHUNKS, ITS_ENTRIES = chunks.c.dataset_id == SHOP, journal.c.dataset_id == SHOP
SECOND = ITS_CHUNKS & (chunks.c.array == "requests_count") & (chunks.c.position == 1)
OTHERS = sa.select(chunks.c.payload).where(
    chunks.c.dataset_id != SHOP, chunks.c.position == 1, chunks.c.array == "requests_count"
)
BYTES = 8 * CHUNK_VALUES

DAMAGES = {
    "changed": (
        sa.update(chunks).where(SECOND).values(payload=bytes(BYTES)),
        "chunk 1 of its requests_count has other content than was written",
    ),
    "short": (
        sa.update(chunks).where(SECOND).values(payload=bytes(BYTES - 8)),
        f"chunk 1 of its requests_count has {BYTES - 8:,} bytes instead of {BYTES:,}",
    ),
    "empty": (
        sa.update(chunks).where(SECOND).values(payload=b""),
        f"chunk 1 of its requests_count has 0 bytes instead of {BYTES:,}",
    ),
    "missing": (sa.delete(chunks).where(SECOND), "chunk 1 of its requests_count is missing"),
    "last missing": (
        sa.delete(chunks).where(ITS_CHUNKS, chunks.c.position == 2),
        "chunk 2 of its requests_count is missing",
    ),
    "none": (sa.delete(chunks).where(ITS_CHUNKS), "chunk 0 of its requests_count is missing"),
    "flag missing": (
        sa.delete(chunks).where(ITS_CHUNKS, chunks.c.array == "is_event"),
        "chunk 0 of its is_event is missing",
    ),
    "foreign": (
        sa.update(chunks).where(SECOND).values(payload=OTHERS.scalar_subquery()),
        "chunk 1 of its requests_count has other content than was written",
    ),
    "foreign array": (
        sa.update(chunks).where(ITS_CHUNKS, chunks.c.array == "is_event").values(array="is_burst"),
        "it has a chunk of 'is_burst', which does not belong to it",
    ),
    "moved": (
        sa.update(chunks).where(SECOND).values(position=7),
        "chunk 1 of its requests_count is missing",
    ),
    "journal missing": (
        sa.delete(journal).where(ITS_ENTRIES, journal.c.sequence == 0),
        "append 0 of its journal is missing",
    ),
    "journal end missing": (
        sa.delete(journal).where(ITS_ENTRIES, journal.c.sequence == 1),
        "append 1 of its journal is missing",
    ),
    "journal changed": (
        sa.update(journal).where(ITS_ENTRIES, journal.c.sequence == 1).values(payload=bytes(16)),
        "append 1 of its journal has other content",
    ),
    "zone": (
        sa.update(datasets).where(datasets.c.name == "shop").values(time_zone="Mars/Olympus"),
        "its time_zone 'Mars/Olympus' is invalid",
    ),
    "bin": (sa.update(datasets).where(datasets.c.name == "shop").values(bin_seconds=0), "its bin_seconds 0 is invalid"),
    "start": (
        sa.update(datasets).where(datasets.c.name == "shop").values(start=10**15),
        "its start 1000000000000000 is invalid",
    ),
    "bins": (sa.update(datasets).where(datasets.c.name == "shop").values(bins=5), "it has 5 bins, 4,196 of them in"),
}


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    catalog = Catalog(settings)
    for i, name in enumerate(("api", "shop")):
        events = np.arange(BINS) % 5 == 0
        catalog.add(Series(name, 60, 600, np.arange(BINS) + float(i), time_zone="UTC", is_event=events))
        for late in (1, 2):
            catalog.append(name, np.array([600 + 60 * (BINS + late)]), np.array([7.0]))
    return catalog


def inflict(catalog: Catalog, statement: sa.UpdateBase) -> None:
    catalog._store.write(lambda connection: connection.execute(statement))


@pytest.mark.parametrize(("statement", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_data_set_is_named_and_all_others_work(catalog, statement, reason):
    inflict(catalog, statement)
    way_out = r".*\. Restore it from a backup, or remove it and import it again"
    with pytest.raises(Damaged, match=rf"^Data set 'shop' is damaged: {reason}{way_out}"):
        catalog.get("shop")
    infos = {info.name: info.damage for info in Catalog(catalog.settings).list()}
    assert infos["shop"].startswith(reason)
    assert infos["api"] is None
    assert "damage" in catalog.info("shop").to_dict()
    assert "damage" not in catalog.info("api").to_dict()
    assert len(catalog.get("api")) == BINS + 3
    assert list(catalog.problems()) == ["shop"]
    catalog.remove("shop")
    with pytest.raises(NotFound):
        catalog.get("shop")
    assert catalog.problems() == {}


def test_an_append_that_needs_a_damaged_chunk_is_refused_and_one_that_does_not_is_stored(catalog):
    inflict(catalog, DAMAGES["changed"][0])
    end = catalog.info("shop").end
    assert catalog.append("shop", np.array([end]), np.array([3.0])).added == 1
    with pytest.raises(Damaged, match="'shop' is damaged: chunk 1"):
        catalog.append("shop", np.array([600 + 60 * CHUNK_VALUES]), np.array([3.0]))
    assert catalog.info("shop").damage.startswith("chunk 1")
    with pytest.raises(Damaged):
        catalog.extend(Series("shop", 60, 600 + 60 * CHUNK_VALUES, np.ones(200), time_zone="UTC"), overlap="replace")


def test_damage_that_is_gone_is_forgotten(catalog):
    payload = catalog._store.read(sa.select(chunks.c.payload).where(SECOND))[0].payload
    inflict(catalog, DAMAGES["changed"][0])
    assert list(catalog.problems()) == ["shop"]
    inflict(catalog, sa.update(chunks).where(SECOND).values(payload=payload))
    assert catalog.problems() == {}
    assert catalog.info("shop").damage is None


def test_replacing_a_damaged_data_set_heals_it(catalog):
    inflict(catalog, DAMAGES["changed"][0])
    catalog.problems()
    catalog.add(Series("shop", 60, 600, np.ones(3)), replace=True)
    assert catalog.info("shop").damage is None
    assert catalog.problems() == {}


def test_a_read_only_install_names_it_and_writes_nothing(catalog):
    inflict(catalog, DAMAGES["changed"][0])
    reader = Catalog(replace(catalog.settings, read_only=True))
    with pytest.raises(Damaged):
        reader.get("shop")
    assert reader.info("shop").damage is None


def test_a_checksum_is_of_the_place_and_the_length_too():
    one = checksum_of("a1", "requests_count", 0, bytes(8))
    assert len(one) == 8
    others = [("a2", "requests_count", 0, 8), ("a1", "is_burst", 0, 8), ("a1", "requests_count", 1, 8)]
    assert all(checksum_of(*key, bytes(length)) != one for *key, length in [*others, ("a1", "requests_count", 0, 16)])
