"""The tasks with mlforecast (LightGBM) and Prophet, run in the virtual environment of the peers.

`python benchmarks/speed/peers.py LIBRARY COUNTS.npz` prints JSON. This project is not installed there.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import pandas as pd

HORIZON, ROUNDS, BACKTESTS = 12, 100, 3
PATIENT_ORIGINS = 300
"""Origins that mlforecast forecasts from in sequence; the time of the others is extrapolated."""

LEVEL = 80


def mlforecast(frame: pd.DataFrame, known: int) -> dict[str, dict[str, float]]:
    """Measure lags of the hour, day and week, 300 trees, recursive, with conformal intervals."""
    import lightgbm
    from mlforecast import MLForecast
    from mlforecast.utils import PredictionIntervals

    trees = lightgbm.LGBMRegressor(n_estimators=300, learning_rate=0.05, num_leaves=31, n_jobs=1, verbosity=-1)
    lags = [*range(1, 13), 60, 1440, 10_080]
    model = MLForecast({"lightgbm": trees}, freq="min", lags=lags, date_features=["minute", "hour", "dayofweek"])
    began = time.perf_counter()
    model.fit(frame[:known], static_features=[])
    fitted = time.perf_counter() - began
    model.fit(frame[:known], static_features=[], prediction_intervals=PredictionIntervals(n_windows=20, h=HORIZON))
    taken = timed(lambda: model.predict(HORIZON, level=[LEVEL]))
    began = time.perf_counter()
    for origin in range(known, known + PATIENT_ORIGINS):
        model.predict(HORIZON, level=[LEVEL])
        model.update(frame[origin : origin + 1])
    each = (time.perf_counter() - began) / PATIENT_ORIGINS
    return {
        "fit": {"seconds": fitted},
        "predict": spread(taken),
        "backtest": {"seconds": each * (len(frame) - known), "measured_origins": PATIENT_ORIGINS},
    }


def prophet(frame: pd.DataFrame, known: int) -> dict[str, dict[str, float]]:
    """Measure Prophet's defaults with sampled intervals; its forecasts do not depend on the origin: one call."""
    from prophet import Prophet

    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    model = Prophet(interval_width=LEVEL / 100)
    began = time.perf_counter()
    model.fit(frame[["ds", "y"]][:known])
    fitted = time.perf_counter() - began
    coming = frame[["ds"]][known:]
    taken = timed(lambda: model.predict(coming[:HORIZON]))
    whole = timed(lambda: model.predict(coming), rounds=BACKTESTS)
    return {
        "fit": {"seconds": fitted},
        "predict": spread(taken),
        "backtest": {"seconds": min(whole) / 1000, "distinct_forecasts": len(coming)},
    }


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the milliseconds of each round, after a warm-up round."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {"p50_ms": float(p50), "p99_ms": float(p99)}


LIBRARIES = {"mlforecast": mlforecast, "prophet": prophet}


def main(library: str, path: str) -> None:
    """Run every task with one library and print the times."""
    warnings.simplefilter("ignore")
    with np.load(path) as stored:
        times, counts, known = stored["times"].astype("datetime64[s]"), stored["counts"], int(stored["known"])
    filled = pd.Series(counts).ffill().fillna(0.0).to_numpy()
    frame = pd.DataFrame({"unique_id": "series", "ds": times, "y": filled})
    print(json.dumps({"version": version(library), **LIBRARIES[library](frame, known)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
