"""How long `POST /forecast/predict` takes over HTTP, and how much memory a worker needs for it.

Starts gunicorn with the project's configuration on a free loopback port, asks one question after the other over one
kept connection, and prints a table a number of workers: milliseconds until the first answer (which loads the model),
then p50, p99 and the workers' CPU time a request. Then a fresh worker a model, and one with all, for memory. Ends by
itself in about two minutes.

    python -m benchmarks.http_latency [--requests 300] [--models xgboost,lightgbm] [--workers 1,2]
"""

from __future__ import annotations

import argparse
import http.client
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import psutil

from benchmarks.serving import BOOT_SECONDS, server
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeframes import API_TIMEFRAMES

SIZES = (1, 300, 10_000)
MEBIBYTE = 1 << 20


def question(model: str, timeframe: str, size: int) -> bytes:
    """A request body with `size` points."""
    bin_minutes = int(timeframe.removesuffix("m"))
    start, counts = datetime(1995, 8, 1), np.random.default_rng(1).poisson(60 * bin_minutes, size).tolist()
    data = [{"ds": str(start + timedelta(minutes=i * bin_minutes)), "y": count} for i, count in enumerate(counts)]
    return json.dumps({"data": data, "horizon": 12, "model_type": model, "timeframe": timeframe}).encode()


def milliseconds(connection: http.client.HTTPConnection, body: bytes) -> float:
    """Time of one question until its whole answer is here."""
    begun = time.perf_counter()
    connection.request("POST", "/forecast/predict", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    taken = 1000 * (time.perf_counter() - begun)
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:300]!r}")
    return taken


def cpu_milliseconds(master: psutil.Process) -> float:
    """CPU time that all workers have used so far: more than the latency would mean more than one core a request."""
    times = [worker.cpu_times() for worker in master.children()]
    return 1000 * sum(spent.user + spent.system for spent in times)


def latencies(workers: int, models: Sequence[str], requests: int) -> None:
    """Print the latency table of one number of workers."""
    print(f"\n{workers} worker(s), 5m, 12 steps, milliseconds at the client over one kept connection")
    print(f"{'model':<10}{'points':>8}{'first':>9}{'p50':>9}{'p99':>9}{'cpu':>9}")
    with server(workers) as (port, master):
        for model in models:
            for size in SIZES:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BOOT_SECONDS)
                body = question(model, "5m", size)
                first, cpu_before = milliseconds(connection, body), cpu_milliseconds(master)
                warm = [milliseconds(connection, body) for _ in range(requests if size < 1000 else requests // 10)]
                cpu = (cpu_milliseconds(master) - cpu_before) / len(warm)
                connection.close()
                p50, p99 = np.percentile(warm[len(warm) // 10 :], [50, 99])
                print(f"{model:<10}{size:>8}{first:>9.1f}{p50:>9.2f}{p99:>9.2f}{cpu:>9.2f}", flush=True)


def memory(models: Sequence[str]) -> None:
    """Print what one worker that has served these models at every timeframe holds."""
    with server(1) as (port, master):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BOOT_SECONDS)
        for model in models:
            for timeframe in API_TIMEFRAMES:
                milliseconds(connection, question(model, timeframe, 300))
        connection.close()
        (worker,) = master.children()
        info = worker.memory_full_info()
        name = ", ".join(models) or "none yet"
        print(f"{name:<40}{info.rss / MEBIBYTE:>9.0f}{info.pss / MEBIBYTE:>9.0f}", flush=True)


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--models", type=lambda text: text.split(","), default=list(MAIN_MODELS))
    parser.add_argument("--workers", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2])
    chosen = parser.parse_args()
    for workers in chosen.workers:
        latencies(workers, chosen.models, chosen.requests)
    print(f"\n{'one worker that has served':<40}{'RSS MiB':>9}{'PSS MiB':>9}")
    for models in ([], *([model] for model in chosen.models), chosen.models):
        memory(models)


if __name__ == "__main__":
    main()
