"""How long one forecast of 12 steps takes in-process: from a cold start, and warm from 300 posted points.

python -m benchmarks.predict_latency [--rounds 300]
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import statistics
import subprocess
import sys
import time

POINTS, HORIZON = 300, 12
COLD = """
import time; began = time.perf_counter()
from forecasting import service, synthetic
from forecasting.settings import Settings
from forecasting.transforms import resample
series = resample(synthetic.generate(days=3), {bin_seconds}).slice(0, 250)
imported = time.perf_counter()
service.predict(series, model={model!r}, horizon=12, model_set="nasa-http", settings=Settings())
print(imported - began, time.perf_counter() - imported)
"""


def cold(model: str, bin_seconds: int) -> tuple[float, float]:
    """Seconds to import and make a series, and of the first forecast, which loads the model, in a fresh process."""
    code = COLD.format(model=model, bin_seconds=bin_seconds)
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported, first = answer.stdout.split()
    return float(imported), float(first)


def warm(model: str, bin_seconds: int, rounds: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds over `rounds` different windows."""
    from forecasting import service, synthetic
    from forecasting.series import Series
    from forecasting.settings import Settings
    from forecasting.transforms import resample

    series = resample(synthetic.generate(days=20), bin_seconds)
    settings, taken = Settings(), []
    for first in range(rounds + 5):
        window = Series("posted", bin_seconds, series.start, series.requests_count[first : first + POINTS])
        began = time.perf_counter()
        service.predict(window, model=model, horizon=HORIZON, model_set="nasa-http", settings=settings)
        taken.append(1000 * (time.perf_counter() - began))
    taken = sorted(taken[5:])
    return statistics.median(taken), taken[int(0.99 * len(taken))]


def main() -> None:
    """Print the table."""
    from forecasting.forecasters.registry import MODEL_NAMES
    from forecasting.timeframes import API_TIMEFRAMES, bin_seconds_of

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=300)
    rounds = options.parse_args().rounds
    print(f"predict {HORIZON} steps from {POINTS} points, in-process, one thread")
    print(f"{'model':20} {'bin':>4} {'import s':>9} {'first ms':>9} {'p50 ms':>8} {'p99 ms':>8}")
    for model in MODEL_NAMES:
        for timeframe in API_TIMEFRAMES:
            seconds = bin_seconds_of(timeframe)
            imported, first = cold(model, seconds)
            p50, p99 = warm(model, seconds, rounds)
            print(f"{model:20} {timeframe:>4} {imported:9.2f} {1000 * first:9.1f} {p50:8.2f} {p99:8.2f}", flush=True)


if __name__ == "__main__":
    main()
