"""The lock of the model sets: whoever trains, accepts or discards, in whichever process, is alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.database import Store
from forecasting.database.leases import database_time, holder_of, leases
from forecasting.errors import Conflict, NotReady
from forecasting.model_sets import accept, discard
from forecasting.model_sets.card import card_text
from forecasting.model_sets.loading import set_names
from forecasting.model_sets.lock import LEASE, sets_locked
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.storing import store_set
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from tests.forecasting.model_sets.cards import card
from tests.forecasting.traffic import daily_traffic

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from forecasting.model_sets.lock import sets_locked
from forecasting.settings import Settings
with sets_locked(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def another_process_trains(settings: Settings) -> Iterator[subprocess.Popen]:
    """A process that holds the lock, as a training does."""
    command = [sys.executable, "-c", HOLDER, str(settings.home), settings.database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_training_accepting_and_discarding_are_refused_while_another_process_trains(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), settings=settings, candidate=True)
    with another_process_trains(settings):
        for change in (
            lambda: train(series, model_set="mine", models=(), settings=settings),
            lambda: accept("mine", settings),
            lambda: discard("mine", settings),
        ):
            with pytest.raises(Conflict, match="being trained already"):
                change()
    accept("mine", settings)


def test_the_lock_goes_at_once_with_a_killed_process_of_this_machine(either):
    with another_process_trains(either) as process:
        process.kill()
        process.wait()
        train(daily_traffic(10, 900), model_set="mine", models=(), settings=either)


def put_lease(settings: Settings, holder: str, ends_in: float) -> None:
    """Store the lease of a process of another machine, in place of the one that there is."""

    def put(connection):
        now = database_time(connection)
        connection.execute(sa.delete(leases).where(leases.c.name == LEASE))
        values = {"name": LEASE, "owner": "another", "holder": holder, "acquired_at": now - 5}
        connection.execute(sa.insert(leases).values(**values, expires_at=now + ends_in))

    Store(settings).write(put)


def test_the_lock_of_another_machine_ends_when_its_heartbeats_do(either):
    put_lease(either, "elsewhere 7-7 12 99.00", 30)
    with (
        pytest.raises(Conflict, match=r"being trained already.*process 12 on elsewhere, since 5 s"),
        sets_locked(either),
    ):
        pass
    put_lease(either, "elsewhere 7-7 12 99.00", -1)
    with sets_locked(either):
        assert holder_of(Store(either), LEASE) == f"process {os.getpid()} on {socket.gethostname()}"
    assert holder_of(Store(either), LEASE) is None


def test_what_lost_its_lock_stores_nothing(either):
    with sets_locked(either) as lease:
        put_lease(either, "elsewhere 7-7 12 99.00", 30)
        with pytest.raises(Conflict, match="another one took over"):
            store_set("mine", card_text(card()), [], Store(either), lease)
    assert set_names(either) == [SHIPPED]
    assert holder_of(Store(either), LEASE) == "process 12 on elsewhere"


def test_heartbeats_move_the_end_on(either, monkeypatch):
    monkeypatch.setattr("forecasting.database.leases.HEARTBEAT_SECONDS", 0.01)

    def end() -> float:
        return Store(either).read(sa.select(leases.c.expires_at))[0].expires_at

    with sets_locked(either):
        first = end()
        while end() == first:
            pass
        assert end() > first


def trained_from_the_terminal(settings: Settings, model: str) -> subprocess.Popen:
    """`dataflow train` as a process."""
    code = "from webapp.app.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", code, "train", "--dataset", "test", "--model", model]
    environment = {**os.environ, "DATAFLOW_HOME": str(settings.home), "DATABASE_URL": settings.database_url}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_command_line_is_refused_too(settings):
    Catalog(settings).add(daily_traffic(10, 900))
    with sets_locked(settings), trained_from_the_terminal(settings, "naive") as process:
        _, error = process.communicate(timeout=120)
    assert b"being trained already" in error
    assert process.returncode != 0


def test_a_training_of_the_command_line_refuses_the_page(settings):
    series = daily_traffic(10, 900)
    Catalog(settings).add(series)
    with trained_from_the_terminal(settings, "lightgbm") as process:
        try:
            end = time.monotonic() + 120
            while holder_of(Store(settings), LEASE) is None:  # it trains, and holds the lock
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < end
                time.sleep(0.01)
            with pytest.raises(Conflict, match="being trained already"):
                train(series, model_set="mine", models=(), settings=settings, candidate=True)
        finally:
            process.kill()


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotReady, match="home"), sets_locked(Settings(home=tmp_path / "file" / "home")):
        pass
