"""Speed of forecasts and of the server; prints tables and saves them as benchmarks/results/speed.json.

Fit, one forecast of 12 minutes, and a backtest of 155,520 forecasts, with mlforecast (LightGBM) and Prophet on the same
minutes in the same run, on one core each; then a server under load, its memory, and its start. It takes about ten
minutes on an otherwise idle machine; a partial run only writes to --out. wrk generates the maximum load if it is
installed (apt-get install wrk).

    python -m benchmarks.speed [--only library,http,memory,start] [--models hybrid,xgboost,lightgbm] [--workers 1,2]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from benchmarks.accuracy.machine import machine
from benchmarks.accuracy.peers.environment import digest, python_of
from benchmarks.speed import load, serving
from benchmarks.speed.ours import WORK
from benchmarks.speed.tasks import split
from forecasting.errors import ForecastingError
from forecasting.forecasters.registry import MAIN_MODELS

ROOT = Path(__file__).resolve().parents[2]
SAVED = ROOT / "benchmarks" / "results" / "speed.json"
SCHEMA = 1
PARTS = ("library", "http", "memory", "start")
PEERS = ("mlforecast", "prophet")
LIBRARIES = ("numpy", "pandas", "lightgbm", "xgboost-cpu", "prophet", "keras", "jax", "flask", "gunicorn", "dash")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1")
"""As in a worker (see `webapp.app.processes`); it also makes ratios less sensitive to other load."""

Rows = list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, save; return 1 with a message on failure."""
    options = _options(arguments)
    result: dict[str, Any] = {
        "schema": SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_client": load.client(),
    }
    print(json.dumps(result), flush=True)
    began = time.perf_counter()
    try:
        for part in options.only:
            result[part] = [_show(row) for row in MEASURES[part](options)]
    except ForecastingError as error:
        print(f"speed: {error}", file=sys.stderr)
        return 1
    result["seconds"] = round(time.perf_counter() - began)
    is_whole = (options.only, options.models, options.workers) == (list(PARTS), list(MAIN_MODELS), [1, 2])
    target = options.out or (SAVED if is_whole and not options.no_peers else None)
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_lines(result))
    print(f"\n{result['seconds']} s; {f'saved to {target}' if target else 'not saved: a part of a run, no --out'}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    cached = Path(platformdirs.user_cache_dir("dataflow", appauthor=False)) / "accuracy" / f"venv-{digest()}"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", type=lambda text: text.split(","), default=list(PARTS))
    add("--models", type=lambda text: text.split(","), default=list(MAIN_MODELS))
    add("--workers", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2])
    add("--seconds", type=float, default=4.0, help="of each load")
    add("--peers-venv", type=Path, default=cached, help="created if missing, as by benchmarks.accuracy")
    add("--no-peers", action="store_true")
    add("--out", type=Path)
    options = parser.parse_args(arguments)
    if not set(options.only) <= set(PARTS):
        parser.error(f"--only must be some of {', '.join(PARTS)}")
    return options


def _library(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one row per task and model, the peers first, with the speed of our models relative to each peer."""
    peers = {} if options.no_peers else {name: _peer(name, python_of(options.peers_venv)) for name in PEERS}
    for task in WORK:
        for name, times in peers.items():
            yield {"task": task, "model": f"{name} {times['version']}", **_rounded(times[task])}
        for model in options.models:
            figures = _json([sys.executable, "-m", "benchmarks.speed.ours", task, model])
            key = "p50_ms" if task == "predict" else "seconds"
            faster = {f"times_{name}": _rounded(times[task][key] / figures[key]) for name, times in peers.items()}
            yield {"task": task, "model": model, **figures, **faster}


def _peer(name: str, python: Path) -> dict[str, Any]:
    task = split()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.npz"
        wall = task.series.wall.astype("datetime64[s]").astype(np.int64)
        np.savez(path, times=wall, counts=task.series.requests_count, known=task.known)
        return _json([str(python), str(Path(__file__).with_name("peers.py")), name, str(path)])


def _json(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _rounded(value: Any) -> Any:
    """Round to four digits, also inside a dict."""
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _http(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for workers in options.workers:
        yield from serving.rates(workers, options.models, options.seconds)


MEASURES = {
    "library": _library,
    "http": _http,
    "memory": lambda options: serving.memory(options.models),
    "start": lambda options: map(serving.cold_start, options.models),
}


def _show(row: dict[str, Any]) -> dict[str, Any]:
    """Print a row as one line of names and values, and return it."""
    print(
        "  ".join(f"{name} {value:,}" if not isinstance(value, str) else f"{value:<18}" for name, value in row.items())
    )
    sys.stdout.flush()
    return row


def _lines(result: dict[str, Any]) -> str:
    """Format JSON with one line per row, so that two results can be compared by eye."""
    parts = []
    for name, value in result.items():
        rows = ",\n".join(f"  {json.dumps(row)}" for row in value) if isinstance(value, list) else None
        parts.append(f" {json.dumps(name)}: " + (json.dumps(value) if rows is None else f"[\n{rows}\n ]"))
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main())
