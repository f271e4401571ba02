"""The store: one transaction at a time, kept connections, and failures in words without a password."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from forecasting.database import Store
from forecasting.database.engines import MAX_OPEN, close_all, engine_of
from forecasting.errors import Busy, Conflict, InputError, NotReady
from forecasting.settings import Settings
from tests.databases import BOTH, settings_of
from tests.servers import free_port

ROWS = sa.table("choices", sa.column("name", sa.String), sa.column("payload", sa.String))
NAMES = sa.select(ROWS.c.name).order_by(ROWS.c.name)


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store with an empty database."""
    return Store(settings_of(request.param, tmp_path / "home", request))


def insert(store: Store, name: str) -> None:
    store.write(
        lambda connection: connection.execute(sa.insert(ROWS).values(name=name, payload="{}")), conflict="taken"
    )


def names(store: Store) -> list[str]:
    return [row.name for row in store.read(NAMES)]


def test_a_change_is_read_by_another_store(store):
    assert names(store) == []
    insert(store, "shop")
    assert names(Store(store.settings)) == ["shop"]


def test_a_change_that_fails_leaves_nothing(store):
    def change(connection: sa.Connection) -> None:
        connection.execute(sa.insert(ROWS).values(name="half", payload="{}"))
        raise InputError("no")

    with pytest.raises(InputError):
        store.write(change)
    assert names(store) == []


def test_a_change_against_a_constraint_is_a_conflict(store):
    insert(store, "shop")
    with pytest.raises(Conflict, match="taken"):
        insert(store, "shop")


def test_a_snapshot_sees_one_state(store):
    insert(store, "a")

    def look(connection: sa.Connection) -> tuple[int, int]:
        first = len(connection.execute(NAMES).all())
        insert(store, "b")
        return first, len(connection.execute(NAMES).all())

    assert store.snapshot(look, missing=tuple) == (1, 1)
    assert names(store) == ["a", "b"]


def test_connections_are_kept_and_a_fork_opens_its_own(store):
    close_all()
    insert(store, "parent")
    engine = engine_of(store.settings)
    assert engine.pool.checkedin() == 1
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        insert(store, "child")
        os.write(write_end, str(engine_of(store.settings) is engine).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read_end, 10) == b"False"
    os.close(read_end)
    os.close(write_end)
    assert names(store) == ["child", "parent"]
    assert engine.pool.checkedin() == 1


def test_threads_share_it(store):
    threads = [threading.Thread(target=insert, args=(store, f"t{i}")) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(store)) == 12


def test_only_some_databases_stay_open(tmp_path):
    for i in range(MAX_OPEN + 3):
        insert(Store(Settings(home=tmp_path / str(i))), "shop")
    kept = [path for path in Path("/proc/self/fd").iterdir() if os.path.realpath(path).startswith(str(tmp_path))]
    assert 0 < len({Path(os.path.realpath(path)).parent for path in kept}) <= MAX_OPEN
    close_all()


def test_a_file_that_was_replaced_or_removed_is_not_written_any_more(tmp_path):
    store = Store(Settings(home=tmp_path / "home"))
    insert(store, "old")
    close_all()
    shutil.copy(store.settings.catalog_path, tmp_path / "copy")
    insert(store, "lost")
    for leftover in store.settings.home.glob("catalog.sqlite3*"):
        leftover.unlink()
    assert names(store) == []
    os.replace(tmp_path / "copy", store.settings.catalog_path)
    assert names(store) == ["old"]
    store.settings.catalog_path.unlink()
    insert(store, "new")
    assert names(store) == ["new"]


def test_a_reader_in_a_transaction_blocks_no_writer(tmp_path):
    store = Store(Settings(home=tmp_path / "home"))
    insert(store, "a")
    with closing(sqlite3.connect(store.settings.catalog_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM choices").fetchone() == (1,)
        insert(store, "b")
        assert names(store) == ["a", "b"]
        assert reader.execute("SELECT count(*) FROM choices").fetchone() == (1,)


def test_a_writer_that_holds_on_makes_it_busy_for_writers_only(store, monkeypatch):
    monkeypatch.setattr("forecasting.database.engines.REQUEST_SECONDS", 0.2)
    close_all()
    insert(store, "a")
    embedded = not store.settings.database_url
    if embedded:
        other = sqlite3.connect(store.settings.catalog_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(store.settings.database_url)
        other.execute("LOCK TABLE choices IN EXCLUSIVE MODE")
    with closing(other):
        with pytest.raises(Busy, match=r"is busy: .*Try again\."):
            insert(store, "b")
        assert names(store) == ["a"]
        other.rollback() if not embedded else other.execute("ROLLBACK")
    insert(store, "b")
    close_all()


def test_all_connections_in_use_is_busy(tmp_path, database_url):
    close_all()
    settings = Settings(home=tmp_path, database_url=database_url, database_pool=1)
    store = Store(settings)
    engine = engine_of(settings)
    engine.pool._timeout = 0.05
    held = [engine.connect() for _ in range(3)]
    with pytest.raises(Busy, match="all connections are in use"):
        names(store)
    for connection in held:
        connection.close()
    close_all()


def test_a_server_that_restarted_is_used_again(tmp_path, database_url):
    store = Store(Settings(home=tmp_path, database_url=database_url))
    insert(store, "a")
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert names(store) == ["a"]


def test_a_server_that_is_away_is_named_without_the_password(tmp_path):
    url = f"postgres://someone:hush@127.0.0.1:{free_port()}/traffic?sslmode=disable"
    store = Store(Settings(home=tmp_path, database_url=url))
    with pytest.raises(NotReady, match=r"database traffic at 127\.0\.0\.1:\d+ cannot be used: .*Check that the") as no:
        names(store)
    assert "hush" not in str(no.value)
    assert "hush" not in repr(store.settings)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_scheme_and_the_options_reach_the_driver(tmp_path, database_url, scheme):
    url = f"{scheme}{database_url[len('postgres') :]}?sslmode=require"
    with pytest.raises(NotReady, match="server does not support SSL"):
        names(Store(Settings(home=tmp_path, database_url=url)))
    assert names(Store(Settings(home=tmp_path, database_url=url.replace("require", "prefer")))) == []


@pytest.mark.parametrize("url", ["mysql://u:hush@h/d", "h:hush", "postgres://u:hush@h:port/d", "postgresql://[hush"])
def test_a_url_that_is_none_is_refused_without_its_password(url):
    with pytest.raises(InputError, match="DATABASE_URL must") as no:
        Settings.from_environment({"DATABASE_URL": url})
    assert "hush" not in str(no.value)


def write_from_process(home: Path, i: int) -> None:
    insert(Store(Settings(home=home)), f"p{i}")


def test_processes_that_start_at_once_create_one_database(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write_from_process, args=(tmp_path / "home", i)) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert names(Store(Settings(home=tmp_path / "home"))) == ["p0", "p1", "p2", "p3"]


def test_settings_differ_by_database(tmp_path):
    here = Settings(home=tmp_path)
    assert engine_of(here) is engine_of(here)
    assert engine_of(here) is not engine_of(replace(here, home=tmp_path / "other"))
