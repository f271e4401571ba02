"""Accuracy of our models and of other packages (peers) on identical targets: prints the table and saves it.

The whole run (the shipped NASA-HTTP models, sets trained for every other task, the peers from PyPI in their own venv)
writes benchmarks/results/accuracy.json; `python -m scripts.docs_reference` brings that into the documentation. A
partial run only writes to --out. If only our models changed, --reuse-peers takes the forecasts of the peers from the
cache of an earlier run; a task or peer that changed since is run again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
from tqdm import tqdm

from benchmarks.accuracy import machine, ours, results, table
from benchmarks.accuracy.peers.calling import PEERS, Peers
from benchmarks.accuracy.peers.environment import digest
from benchmarks.accuracy.statements import statements
from benchmarks.accuracy.tasks import BESIDE, FILES, GROUPS, SEED, SUBSET, Task, read, tasks_of
from forecasting.errors import ForecastingError
from forecasting.settings import Settings

QUICK_TASKS, QUICK_SUBSET = ("nasa-15m", "za-1h"), 20
"""What --quick runs: a test of every part in a few minutes, not for quoting."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, save; return 1 with a message on failure."""
    chosen = _options(arguments)
    try:
        result = run(chosen)
    except ForecastingError as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 1
    target = chosen.out or (None if _is_part(chosen) else results.SAVED)
    if target:
        results.write(result, target)
    print(f"\n{result['seconds']:.0f} s; {f'saved to {target}' if target else 'not saved: a part of a run, no --out'}")
    return 0


def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """Run every selected task, print its result when it is done, and return all results."""
    began = time.perf_counter()
    folders = (chosen.data, Settings.from_environment().cache_path / "nasa-http")
    tasks = _tasks(chosen, folders)
    peers = None if chosen.no_peers else Peers(chosen.peers_venv, chosen.cache / "forecasts", chosen.reuse_peers)
    found: list[dict[str, Any]] = []
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="accuracy-") as home, tqdm(tasks, desc="tasks", leave=False) as bar:
        for task in bar:
            settings = Settings(home=Path(home))
            found.append(_task(task, settings, peers if task.with_peers else None, chosen.retrain, versions))
            with tqdm.external_write_mode(file=sys.stdout):
                print(*table.lines(found[-1]), sep="\n", flush=True)
    return {
        "schema": results.SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine.machine(),
        "libraries": machine.libraries(),
        "peer_libraries": versions,
        "subset": {"origins": QUICK_SUBSET if chosen.quick else SUBSET, "seed": SEED},
        "seconds": round(time.perf_counter() - began),
        "peers_reused": chosen.reuse_peers,
        "tasks": found,
    }


def _task(
    task: Task, settings: Settings, peers: Peers | None, retrain: bool, versions: dict[str, str]
) -> dict[str, Any]:
    """Return the result of one task; the versions of the libraries are added to `versions`."""
    of_peers = [peers.rows(peer, task) for peer in PEERS] if peers else []
    whole, subset = ours.rows(task, ours.candidates(task, settings, retrain=retrain))
    for everywhere, on_subset, version in of_peers:
        whole, subset = whole + everywhere, subset + on_subset
        versions[on_subset[0].by] = version
    untrained = replace(settings, home=settings.home / "untrained")
    texts = statements(task, untrained) if task.zero_shot else None
    return results.task_result(task, whole, subset if peers else [], texts)


def _tasks(chosen: argparse.Namespace, folders: tuple[Path, ...]) -> list[Task]:
    load = cache(lambda name: read(name, folders))
    size = QUICK_SUBSET if chosen.quick else SUBSET
    tasks = [task for task in tasks_of(chosen.only, load, size) if not chosen.quick or task.name in QUICK_TASKS]
    for name in FILES:
        if load.cache_info().currsize and load(name) is None:
            places = " or ".join(map(str, folders))
            print(f"skipped: no {FILES[name]} in {places}; set its folder with --data", file=sys.stderr)
    if not tasks:
        raise SystemExit("accuracy: no data found; download it with `dataflow data fetch nasa-http`.")
    return tasks


def _is_part(chosen: argparse.Namespace) -> bool:
    return chosen.only != GROUPS or chosen.quick or chosen.no_peers or chosen.retrain


def _groups(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = sorted(set(names) - set(GROUPS))
    if unknown:
        raise argparse.ArgumentTypeError(f"must be some of {','.join(GROUPS)} (got {', '.join(unknown)})")
    return tuple(group for group in GROUPS if group in names)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    cached = Path(platformdirs.user_cache_dir("dataflow", appauthor=False)) / "accuracy"
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", type=_groups, default=GROUPS, metavar="A,B", help=f"some of {','.join(GROUPS)}")
    add("--no-peers", action="store_true", help="our models only")
    add("--reuse-peers", action="store_true", help="take the peers' forecasts from the cache of an earlier run")
    add(
        "--retrain",
        action="store_true",
        help="also train sets for the NASA-HTTP tasks instead of using the shipped set",
    )
    add("--quick", action="store_true", help=f"a test run: {' and '.join(QUICK_TASKS)}, {QUICK_SUBSET} origins")
    add("--data", type=Path, default=BESIDE, metavar="FOLDER", help="folder of the data files")
    add("--cache", type=Path, default=cached, metavar="FOLDER", help="cache of the peers' forecasts")
    add("--peers-venv", type=Path, metavar="FOLDER", help="the peers' venv; created in the cache if missing")
    add("--out", type=Path, metavar="FILE", help="result file; by default benchmarks/results for a whole run")
    chosen = parser.parse_args(arguments)
    chosen.peers_venv = chosen.peers_venv or chosen.cache / f"venv-{digest()}"
    return chosen


if __name__ == "__main__":
    sys.exit(main())
