"""An install moves whole: backup, restore and copy, in every direction between the databases."""

from __future__ import annotations

import struct
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.database import Store
from forecasting.database.schema import migrate
from forecasting.database.transfer.backup import MANIFEST, backup, restore
from forecasting.database.transfer.copying import EMBEDDED, copy_database
from forecasting.errors import Conflict, FileRefused, InputError, NotFound, ReadOnly
from forecasting.model_sets.loading import card_of
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.databases import BOTH, settings_of
from tests.forecasting.model_sets.cards import card, install_card, install_files, stored_files

COUNTS = np.r_[np.arange(300_000.0), np.nan]
FILES = {"15m/naive/fit.json": b'{"a": 1}', "15m/naive/model.bin": bytes(range(256)) * 99}


@pytest.fixture(params=BOTH)
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An install with data, a configuration and model sets, one of them damaged."""
    settings = settings_of(request.param, tmp_path / "home", request)
    catalog = Catalog(settings)
    catalog.add(Series("shop", 60, 0, COUNTS, time_zone="Europe/Paris"), {"lines": 3})
    catalog.add(Series("office", 3600, 0, np.ones(10)))
    catalog.keep_configuration("shop", {"policy": "fixed"})
    install_files(settings, "mine", FILES)
    install_card(settings, "broken", '{"half": ')
    return settings


@pytest.fixture
def empty(full: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """An empty install of the other kind."""
    other = Settings(home=tmp_path / "other")
    return replace(other, database_url=request.getfixturevalue("blank_url")) if not full.database_url else other


def check_whole(settings: Settings) -> None:
    """Check that an install has what `full` has."""
    catalog = Catalog(settings)
    series = catalog.get("shop")
    np.testing.assert_array_equal(series.requests_count, COUNTS)
    assert (series.time_zone, catalog.report("shop")) == ("Europe/Paris", {"lines": 3})
    assert catalog.choices("shop")["policy"] == "fixed"
    assert {info.name for info in catalog.list()} >= {"shop", "office"}
    assert stored_files(settings, "mine") == FILES
    assert card_of("mine", settings) == card("mine")
    catalog.add(Series("later", 60, 0, np.ones(3)))
    assert catalog.info("later").bins == 3


def test_a_backup_is_restored_into_the_other_database(full, empty, tmp_path):
    shares = []
    made = backup(full, tmp_path / "all.zip", lambda share, stage="": shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
    assert restore(empty, tmp_path / "all.zip").manifest == made.manifest
    check_whole(empty)


def test_a_copy_into_the_other_database_is_whole(full, empty):
    target = empty.database_url or EMBEDDED
    source = full if empty.database_url else replace(full, home=empty.home)
    copied = copy_database(source, target)
    assert copied.tables["datasets"] == 2
    assert copied.rows == sum(copied.tables.values())
    check_whole(empty)
    with pytest.raises(Conflict, match=r"is not empty .it has rows in .*datasets"):
        copy_database(source, target)


def test_what_is_there_is_only_replaced_on_request(full, tmp_path):
    backup(full, tmp_path / "all.zip")
    Catalog(full).add(Series("newer", 60, 0, np.ones(3)))
    with pytest.raises(Conflict, match="--replace"):
        restore(full, tmp_path / "all.zip")
    assert Catalog(full).info("newer")
    restore(full, tmp_path / "all.zip", replace=True)
    with pytest.raises(NotFound):
        Catalog(full).info("newer")
    check_whole(full)


@pytest.mark.parametrize("harm", ["cut", "flip", "row", "manifest", "revision", "no zip"])
def test_a_damaged_backup_changes_nothing(full, tmp_path, harm):
    path, damaged = tmp_path / "all.zip", tmp_path / "damaged.zip"
    backup(full, path)
    data = bytearray(path.read_bytes())
    if harm == "cut":
        damaged.write_bytes(data[: len(data) // 2])
    elif harm == "flip":
        data[content_of_the_largest(path)] ^= 16
        damaged.write_bytes(data)
    elif harm == "no zip":
        damaged.write_bytes(b"no zip at all")
    else:
        rewrite(path, damaged, harm)
    with pytest.raises(FileRefused, match=r"damaged\.zip"):
        restore(full, damaged, replace=True)
    check_whole(full)


def content_of_the_largest(path: Path) -> int:
    """The place of a byte in the middle of what the largest member holds: a flip in a header may mean nothing."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
    header = path.read_bytes()[largest.header_offset :][:30]
    name, extra = struct.unpack("<HH", header[26:30])
    return largest.header_offset + 30 + name + extra + largest.compress_size // 2


def rewrite(path: Path, damaged: Path, harm: str) -> None:
    """Write a valid zip file whose content is not what the manifest says."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if harm == "row" and name == "tables/datasets.jsonl":
                text = text.replace(b"Paris", b"Rome", 1)
            if harm == "manifest" and name == MANIFEST:
                text = text.replace(b'"rows":', b'"rows": "many", "x":', 1)
            if harm == "revision" and name == MANIFEST:
                text = text.replace(b'"revision": "', b'"revision": "9', 1)
            new.writestr(name, text)


def test_a_backup_is_one_state_while_others_write(full, empty, tmp_path):
    written, stop = [], threading.Event()

    def write() -> None:
        while not stop.is_set():
            name = f"more-{len(written)}"
            Catalog(full).add(Series(name, 60, 0, np.ones(5)))
            written.append(name)

    writer = threading.Thread(target=write)

    def begin(share: float, stage: str = "") -> None:
        if not writer.ident:
            writer.start()
            while not written:
                pass

    try:
        backup(full, tmp_path / "all.zip", begin)
    finally:
        stop.set()
        writer.join()
    restore(empty, tmp_path / "all.zip")
    assert not {info.name for info in Catalog(empty).list()} & set(written)
    check_whole(empty)


def test_a_stop_in_the_middle_changes_nothing(full, empty, tmp_path):
    def stop(share: float, stage: str = "") -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(full, tmp_path / "all.zip", stop)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    backup(full, tmp_path / "all.zip")
    for change in (
        lambda: restore(empty, tmp_path / "all.zip", report=stop),
        lambda: restore(full, tmp_path / "all.zip", replace=True, report=stop),
    ):
        with pytest.raises(KeyboardInterrupt):
            change()
    check_whole(full)
    assert {info.embedded for info in Catalog(empty).list()} == {True}


def test_what_is_refused(settings, tmp_path):
    with pytest.raises(NotFound, match="nothing to back up"):
        backup(settings, tmp_path / "all.zip")
    (tmp_path / "there.zip").touch()
    with pytest.raises(FileRefused, match="exists already"):
        backup(settings, tmp_path / "there.zip")
    with pytest.raises(InputError, match="another database"):
        copy_database(settings, EMBEDDED)
    with pytest.raises(ReadOnly):
        restore(replace(settings, read_only=True), tmp_path / "there.zip")
    assert not settings.catalog_path.exists()


def run(settings: Settings, statement: sa.Executable) -> None:
    """Execute one statement."""
    Store(settings).write(lambda connection: connection.execute(statement).close())


def test_new_rows_are_numbered_after_the_copied_ones(blank_url, tmp_path):
    source, target = Settings(home=tmp_path / "home"), Settings(home=tmp_path / "home", database_url=blank_url)
    numbered = sa.table("numbered", sa.column("text", sa.Text))
    Catalog(source).add(Series("shop", 60, 0, np.ones(3)))
    migrate(target)
    run(source, sa.text("CREATE TABLE numbered (id INTEGER PRIMARY KEY, text TEXT)"))
    run(target, sa.text("CREATE TABLE numbered (id SERIAL PRIMARY KEY, text TEXT)"))
    run(source, sa.insert(numbered).values([{"text": "a"}, {"text": "b"}]))
    copy_database(source, blank_url)
    run(target, sa.insert(numbered).values(text="c"))
    rows = Store(target).read(sa.select(sa.text("id"), numbered.c.text).select_from(numbered).order_by(sa.text("id")))
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "b"), (3, "c")]
