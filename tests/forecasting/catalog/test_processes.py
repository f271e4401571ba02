"""Real processes: killed in the middle of an import, and importing at once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

ROOT = Path(__file__).resolve().parents[3]

STOPS_AT = """
import sys, time
import numpy as np, sqlalchemy as sa
from forecasting.catalog import Catalog
from forecasting.timeseries.series import Series
from forecasting.settings import Settings

bins, statement_start = int(sys.argv[1]), sys.argv[2]

def stop(connection, cursor, statement, parameters, context, executemany):
    if statement.startswith(statement_start):
        print("stopped", flush=True)
        time.sleep(60)

sa.event.listen(sa.Engine, "after_cursor_execute", stop)
catalog = Catalog(Settings.from_environment())
if len(sys.argv) > 3:
    catalog.append("shop", 60 * np.arange(bins), np.full(bins, 7.0))
catalog.add(Series("shop", 60, 0, np.full(bins, 7.0)), {"lines": 7}, replace=True)
"""

APPENDS_MANY = """
import sys
import numpy as np
from forecasting.catalog import Catalog
from forecasting.settings import Settings

catalog, me = Catalog(Settings.from_environment()), int(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(sum(catalog.append("shop", [60 * (1 + 2 * i + me)], [float(i)]).added for i in range(40)), flush=True)
"""

IMPORTS_FOR_EVER = """
import sys
import numpy as np
from forecasting.catalog import Catalog
from forecasting.timeseries.series import Series
from forecasting.settings import Settings

catalog = Catalog(Settings.from_environment())
for value in range(1, 1_000_000):
    catalog.add(Series("shop", 60, 0, np.full(200_000, float(value))), {"value": value}, replace=True)
    if value == 1:
        print("ready", flush=True)
"""

IMPORTS_MANY = """
import sys
import numpy as np
from forecasting.catalog import Catalog
from forecasting.errors import Conflict
from forecasting.timeseries.series import Series
from forecasting.settings import Settings

catalog, me = Catalog(Settings.from_environment()), sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
won = 0
for i in range(8):
    catalog.add(Series(f"{me}-{i}", 60, 0, np.full(100_000, float(i))))
    catalog.add(Series("both", 60, 0, np.full(50_000, float(i))), {"by": me}, replace=True)
    try:
        catalog.add(Series(f"race-{i}", 60, 0, np.ones(10)))
        won += 1
    except Conflict:
        pass
print(won, flush=True)
"""


@pytest.fixture
def start(settings: Settings) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a script in a process of its own, which does not outlive the test."""
    processes = []

    def run(script: str, *arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        environment = os.environ | {"DATAFLOW_HOME": str(settings.home), "DATABASE_URL": settings.database_url}
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


def names(settings: Settings) -> list[str]:
    return [info.name for info in Catalog(settings).list()]


@pytest.mark.parametrize("bins", [1_000, 1_500_000])
@pytest.mark.parametrize("statement", ["INSERT INTO datasets", "INSERT INTO chunks"])
def test_an_import_killed_before_its_end_is_never_visible(settings, start, bins, statement):
    process = start(STOPS_AT, bins, statement)
    assert process.stdout.readline() == "stopped\n"
    kill(process)
    assert names(settings) == ["nasa-http", "sample"]
    Catalog(settings).add(Series("shop", 60, 0, np.ones(3)))
    assert names(settings) == ["nasa-http", "sample", "shop"]


@pytest.mark.parametrize("statement", ["DELETE FROM chunks", "UPDATE datasets", "INSERT INTO chunks"])
def test_a_replacement_killed_before_its_end_leaves_the_old_data_set_whole(settings, start, statement):
    old = Series("shop", 60, 0, np.full(300_000, 3.0))
    Catalog(settings).add(old, {"lines": 3})
    process = start(STOPS_AT, 1_500_000, statement)
    assert process.stdout.readline() == "stopped\n"
    kill(process)
    np.testing.assert_array_equal(Catalog(settings).get("shop").requests_count, old.requests_count)
    assert Catalog(settings).report("shop") == {"lines": 3}


def test_killed_at_any_moment_a_reader_finds_one_whole_import(settings, start):
    """Writers replace one data set over and over and are killed at random moments, while this process reads."""
    moments = random.Random(1)
    for _ in range(4):
        process = start(IMPORTS_FOR_EVER)
        assert process.stdout.readline() == "ready\n"
        until = time.monotonic() + moments.uniform(0.05, 0.4)
        while time.monotonic() < until:
            check_one_whole_import(settings)
        kill(process)
        check_one_whole_import(settings)
    assert names(settings) == ["nasa-http", "sample", "shop"]


def check_one_whole_import(settings: Settings) -> None:
    counts = Catalog(settings).get("shop").requests_count
    assert len(counts) == 200_000
    assert counts.min() == counts.max()


def test_two_processes_import_at_once(settings, start):
    """Both start on a home that is not there yet, keep their own, replace a common one and race for the rest."""
    processes = [start(IMPORTS_MANY, me) for me in ("first", "second")]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum(won) == 8
    catalog = Catalog(settings)
    assert len(catalog.list()) == 2 + 2 * 8 + 1 + 8
    for me in ("first", "second"):
        assert all(catalog.get(f"{me}-{i}").requests_count[0] == i for i in range(8))
    both = catalog.get("both").requests_count
    assert len(both) == 50_000
    assert both.min() == both.max() == 7


@pytest.mark.parametrize("statement", ["UPDATE datasets", "DELETE FROM chunks", "INSERT INTO chunks"])
def test_points_whose_writer_is_killed_are_not_there_at_all(settings, start, statement):
    old = np.full(100_000, 3.0)
    Catalog(settings).add(Series("shop", 60, 0, old))
    process = start(STOPS_AT, 150_000, statement, "append")
    assert process.stdout.readline() == "stopped\n"
    kill(process)
    np.testing.assert_array_equal(Catalog(settings).get("shop").requests_count, old)
    assert Catalog(settings).info("shop").requests == 300_000


def test_two_processes_append_at_once_and_lose_nothing(settings, start):
    Catalog(settings).add(Series("shop", 60, 0, np.zeros(1)))
    processes = [start(APPENDS_MANY, me) for me in (0, 1)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["40\n", "40\n"]
    counts = Catalog(settings).get("shop").requests_count
    np.testing.assert_array_equal(counts, [0, *np.repeat(np.arange(40), 2)])
    assert Catalog(settings).info("shop").requests == counts.sum()
