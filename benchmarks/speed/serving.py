"""Request rate, memory and start-up time of one server."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
import psutil

from benchmarks.serving import server
from benchmarks.speed.load import Connection, closed, opened
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of

SIZES = (1, 300, 10_000)
TIMEFRAME = "5m"
CONNECTIONS, OPEN_CONNECTIONS = 4, 16
"""Per worker: for the maximum rate and for a given rate."""

IDLE_SECONDS = 1.0
MEBIBYTE = 1 << 20
CHARTED = ("/", "/forecasts", "/scaling", "/cost")
PAGES = (*CHARTED, "/data", "/api")
PAGE_SECONDS, SETTLED_SECONDS = 60, 4.0


def request_body(model: str, timeframe: str, size: int) -> bytes:
    """Return a request body with `size` points."""
    length = timedelta(seconds=bin_seconds_of(timeframe))
    start, counts = datetime(1995, 8, 1), np.random.default_rng(1).poisson(length.seconds, size).tolist()
    data = [{"ds": str(start + i * length), "y": count} for i, count in enumerate(counts)]
    return json.dumps({"data": data, "horizon": 12, "model_type": model, "timeframe": timeframe}).encode()


def rates(workers: int, models: Sequence[str], seconds: float) -> Iterator[dict[str, object]]:
    """Yield one row per model and size: a single connection, the maximum rate, and half of it."""
    with server(workers) as (port, master):
        wait_until_idle(master, workers)
        for model in models:
            for size in SIZES:
                yield {"workers": workers, "model": model, "points": size, **_rates(port, master, model, size, seconds)}


def _rates(port: int, master: psutil.Process, model: str, size: int, seconds: float) -> dict[str, float]:
    workers = len(master.children())
    body = request_body(model, TIMEFRAME, size)
    closed(port, body, CONNECTIONS * workers, 1)
    began, used = time.perf_counter(), cpu_seconds(master)
    alone = closed(port, body, 1, max(1.0, seconds / 2))
    # Above 1, a worker would use more than one core.
    cores = (cpu_seconds(master) - used) / (time.perf_counter() - began)
    used = cpu_seconds(master)
    began = time.perf_counter()
    most = closed(port, body, CONNECTIONS * workers, seconds)
    spent = 1000 * (cpu_seconds(master) - used) / (most.rate * (time.perf_counter() - began))
    half = opened(port, body, most.rate / 2, OPEN_CONNECTIONS * workers, seconds)
    return {
        "one_connection_p50_ms": round(alone.p50_ms, 2),
        "one_connection_cores": round(cores, 2),
        "requests_per_second": round(most.rate, 1),
        "cpu_ms": round(spent, 2),
        "half_rate_p50_ms": round(half.p50_ms, 2),
        "half_rate_p99_ms": round(half.p99_ms, 2),
        "p99_over_p50": round(half.p99_ms / half.p50_ms, 2),
    }


def wait_until_idle(master: psutil.Process, workers: int) -> None:
    """Return when every worker, not only the first, has started and nothing else runs.

    At its start, a process beside the workers compiles the simulator's kernels.
    """
    used = -1.0
    while len(master.children()) != workers or cpu_seconds(master) > used:
        used = cpu_seconds(master)
        time.sleep(IDLE_SECONDS)


def cpu_seconds(master: psutil.Process) -> float:
    """Return the CPU time that all workers have used so far."""
    times = [worker.cpu_times() for worker in master.children()]
    return sum(spent.user + spent.system for spent in times)


def memory(models: Sequence[str]) -> Iterator[dict[str, object]]:
    """Measure one worker after no request, the tree models, every model, and every model and page."""
    trees = [model for model in models if model != "hybrid"]
    for served, loaded in (("nothing", []), ("trees", trees), ("every model", models)):
        with server(1) as (port, master):
            _serve(port, loaded)
            wait_until_idle(master, 1)
            yield {"served": served, **_memory(master)}
    if shutil.which("chromium"):
        yield {"served": "every model and page", **_memory_with_pages(models)}


def _serve(port: int, models: Sequence[str]) -> None:
    for model in models:
        for timeframe in API_TIMEFRAMES:
            with Connection(port, request_body(model, timeframe, 300)) as connection:
                connection.send()


def _memory(master: psutil.Process) -> dict[str, int]:
    (worker,) = master.children()
    info = worker.memory_full_info()
    return {"rss_mib": round(info.rss / MEBIBYTE), "pss_mib": round(info.pss / MEBIBYTE)}


def _memory_with_pages(models: Sequence[str]) -> dict[str, int]:
    from benchmarks.browsing import chromium, size, wait_for_charts

    with chromium() as browser, server(1) as (port, master):
        size(browser, 1366, 900)
        wait_until_idle(master, 1)
        _serve(port, models)
        for page in PAGES:
            browser.get(f"http://127.0.0.1:{port}{page}")
            wait_for_charts(browser, PAGE_SECONDS if page in CHARTED else 0, settled=SETTLED_SECONDS)
        return _memory(master)


def cold_start(model: str) -> dict[str, object]:
    """Measure the seconds from the start of a server to its first response and to its first forecast."""
    began = time.perf_counter()
    with server(1) as (port, _):
        up = time.perf_counter() - began
        with Connection(port, request_body(model, TIMEFRAME, 300)) as connection:
            connection.send()
        return {
            "model": model,
            "up_seconds": round(up, 2),
            "first_forecast_seconds": round(time.perf_counter() - began, 2),
        }
