"""The tasks with our models, each in its own process: `python -m benchmarks.speed.ours TASK MODEL` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.speed.tasks import HORIZON, Split, split, spread
from forecasting import prediction
from forecasting.forecasters.registry import forecaster_class
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

POINTS, ROUNDS, WARM_UP, BACKTESTS = 300, 300, 10, 3


def fit(task: Split, model: str) -> dict[str, float]:
    """Measure the seconds of one fit on the training minutes."""
    known = task.series.slice(0, task.known)
    forecaster = forecaster_class(model)()
    began = time.perf_counter()
    forecaster.fit(known)
    return {"seconds": round(time.perf_counter() - began, 2)}


def predict(task: Split, model: str) -> dict[str, float]:
    """Measure the milliseconds of a forecast of 12 minutes with quantiles from 300 new points, model loaded."""
    settings, taken = Settings(), []
    for last in task.origins[: ROUNDS + WARM_UP].tolist():
        counts = task.series.requests_count[last + 1 - POINTS : last + 1].copy()
        window = Series("posted", task.series.bin_seconds, task.series.start, counts)
        began = time.perf_counter()
        prediction.predict(window, model=model, horizon=HORIZON, model_set=SHIPPED, settings=settings)
        taken.append(1000 * (time.perf_counter() - began))
    return spread(taken[WARM_UP:])


def backtest(task: Split, model: str) -> dict[str, float]:
    """Measure the seconds of the forecasts from every origin, with quantiles; the least of several runs."""
    run_backtest = partial(prediction.backtest, model=model, model_set=SHIPPED, settings=Settings())
    at = [task.series.start + bin * task.series.bin_seconds for bin in (task.known, task.known + HORIZON)]
    run_backtest(task.series, start=at[0], end=at[1])
    taken = []
    for _ in range(BACKTESTS):
        series = replace(task.series)
        began = time.perf_counter()
        run = run_backtest(series, start=at[0])
        for _ in run.chunks():
            pass
        taken.append(time.perf_counter() - began)
    return {"seconds": round(min(taken), 3), "forecasts": int(np.isfinite(run.means).sum())}


WORK = {"fit": fit, "predict": predict, "backtest": backtest}


def main(what: str, model: str) -> None:
    """Run one task and print its time."""
    print(json.dumps(WORK[what](split(), model)))


if __name__ == "__main__":
    main(*sys.argv[1:])
