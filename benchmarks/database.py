"""Appends and reads of the catalog on SQLite and PostgreSQL, beside release 0.4.0, with a bare fsync of the same disk.

0.4.0's code is taken from this repository's history. Every release and database runs in a process of its own, on a
fresh database, on the disk of the current folder. A commit is on the disk when it returns, on both databases.

    python -m benchmarks.database [--sets 10000] [--appends 200]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from io import BytesIO
from pathlib import Path

from forecasting.database.schema import migrate
from forecasting.settings import Settings
from tests.servers import postgresql_server

ROOT = Path(__file__).resolve().parents[1]
FORMER = "7eec9dc"
"""The commit of release 0.4.0."""

WORK = """
import json, sys, time
import numpy as np
from pathlib import Path
from forecasting.catalog import Catalog
from forecasting.settings import Settings
try:
    from forecasting.timeseries.series import Series
except ImportError:
    from forecasting.series import Series

sets, appends = int(sys.argv[1]), int(sys.argv[2])
catalog = Catalog(Settings.from_environment())
YEAR = 365 * 1440

def timed(work):
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)

def append(name, bins):
    return lambda: catalog.append(name, np.array([60 * bins]), np.array([7.0]))

result = {}
for name, bins in (("an hour", 60), ("a week", 7 * 1440), ("a year", YEAR)):
    key = name.replace(" ", "-")
    catalog.add(Series(key, 60, 0, np.random.default_rng(1).poisson(50, bins).astype(float)))
    result["append after " + name] = [timed(append(key, bins + i)) for i in range(appends)]
result["read a year of minutes"] = [timed(lambda: catalog.get("a-year")) for _ in range(15)]
if hasattr(catalog, "append_many"):
    for i in range(sets):
        catalog.add(Series(f"set-{i}", 60, 0, np.ones(60)))
    for minute in range(8):
        batch = {f"set-{i}": (np.array([60 * (60 + minute)]), np.array([7.0])) for i in range(sets)}
        result.setdefault(f"a batch of {sets:,} sets", []).append(timed(lambda: catalog.append_many(batch)))
print(json.dumps(result))
"""


def main() -> None:
    """Print one table: a row for each task, the median and the 99th percentile in ms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10_000)
    parser.add_argument("--appends", type=int, default=200)
    options = parser.parse_args()
    sizes = [str(options.sets), str(options.appends)]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, postgresql_server("", Path.cwd()) as server:
        former = Path(folder) / "former"
        _unpack(former)
        url = server.new_database("benchmark")
        migrate(Settings(home=Path(folder) / "none", database_url=url))
        results = {
            "0.4.0, SQLite": _run(former, Path(folder) / "a", "", sizes),
            "now, SQLite": _run(ROOT, Path(folder) / "b", "", sizes),
            "now, PostgreSQL": _run(ROOT, Path(folder) / "c", url, sizes),
        }
        results["bare fsync"] = {"write 4 kB and fsync": _fsync(Path(folder) / "probe", options.appends)}
    _show(results)


def _unpack(folder: Path) -> None:
    """Write the code of 0.4.0 into a folder."""
    command = ["git", "archive", FORMER, "forecasting", "data", "models"]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _run(code: Path, home: Path, url: str, sizes: list[str]) -> dict[str, list[float]]:
    environment = os.environ | {"PYTHONPATH": str(code), "DATAFLOW_HOME": str(home), "DATABASE_URL": url}
    command = [sys.executable, "-P", "-c", WORK, *sizes]
    done = subprocess.run(command, cwd=code, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, list[float]] = json.loads(done.stdout)
    return result


def _fsync(path: Path, times: int) -> list[float]:
    """Return how long it takes, in ms, to add 4 kB to a file and have it on the disk."""
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            took.append(1000 * (time.perf_counter() - started))
    return took


def _show(results: dict[str, dict[str, list[float]]]) -> None:
    print(f"{'':18}{'':32}{'p50 ms':>10}{'p99 ms':>10}")
    for who, tasks in results.items():
        for task, took in tasks.items():
            last = sorted(took)[min(len(took) - 1, round(0.99 * len(took)))]
            print(f"{who:18}{task:32}{statistics.median(took):10.2f}{last:10.2f}")


if __name__ == "__main__":
    main()
