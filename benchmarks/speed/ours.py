"""Our models at the tasks, each in a process of its own: `python -m benchmarks.speed.ours WHAT MODEL` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

import numpy as np

from benchmarks.speed.tasks import HORIZON, Split, split, spread
from forecasting import prediction
from forecasting.forecasters.registry import forecaster_class
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

POINTS, ROUNDS, WARM_UP, BACKTESTS = 300, 300, 10, 3


def fit(task: Split, model: str) -> dict[str, float]:
    """Seconds of one fit on every known minute."""
    known = task.series.slice(0, task.known)
    forecaster = forecaster_class(model)()
    began = time.perf_counter()
    forecaster.fit(known)
    return {"seconds": round(time.perf_counter() - began, 2)}


def predict(task: Split, model: str) -> dict[str, float]:
    """Milliseconds of a forecast of 12 minutes with its quantiles from 300 points never seen before, model loaded."""
    settings, taken = Settings(), []
    for last in task.origins[: ROUNDS + WARM_UP].tolist():
        counts = task.series.requests_count[last + 1 - POINTS : last + 1].copy()
        window = Series("posted", task.series.bin_seconds, task.series.start, counts)
        began = time.perf_counter()
        prediction.predict(window, model=model, horizon=HORIZON, model_set=SHIPPED, settings=settings)
        taken.append(1000 * (time.perf_counter() - began))
    return spread(taken[WARM_UP:])


def backtest(task: Split, model: str) -> dict[str, float]:
    """Seconds of the forecasts of every minute from every origin, with their quantiles; the least of several times."""
    options = {"model": model, "model_set": SHIPPED, "settings": Settings()}
    at = [task.series.start + bin * task.series.bin_seconds for bin in (task.known, task.known + HORIZON)]
    prediction.backtest(task.series, start=at[0], end=at[1], **options)
    taken = []
    for _ in range(BACKTESTS):
        series = replace(task.series)
        began = time.perf_counter()
        run = prediction.backtest(series, start=at[0], **options)
        for _ in run.chunks():
            pass
        taken.append(time.perf_counter() - began)
    return {"seconds": round(min(taken), 3), "forecasts": int(np.isfinite(run.means).sum())}


WORK = {"fit": fit, "predict": predict, "backtest": backtest}


def main(what: str, model: str) -> None:
    """Do one task and print what it took."""
    print(json.dumps(WORK[what](split(), model)))


if __name__ == "__main__":
    main(*sys.argv[1:])
