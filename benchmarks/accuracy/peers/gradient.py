"""mlforecast with LightGBM: fitted once, recursive, its own conformal intervals, brought up to date bin by bin."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean
from mlforecast.utils import PredictionIntervals
from tqdm import tqdm

from benchmarks.accuracy.peers.windows import CENTRAL, Job, checked

CALIBRATION_DAYS, LEAST_WINDOWS, CALIBRATION_SHARE = 7, 50, 3
"""Conformal errors are counted on the last week of training, in 50 windows at least, on a third of it at most."""

BOOSTING: dict[str, Any] = {
    "n_estimators": 400,
    "learning_rate": 0.02,
    "num_leaves": 15,
    "min_child_samples": 100,
    "verbosity": -1,
}
RECENT_LAGS, RECENT_MEANS = (1, 2, 3, 4, 6, 8, 12), (4, 12, 60)
"""The best of eleven variants on NASA-HTTP at 15m, six of them at 5m too, learnt until 13, judged on 14 to 22 August.

Among them were LightGBM's defaults, twice the lags, logarithms, and differences of a bin or a day as the target.
"""


def forecast(name: str, job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Means (n, h), quantiles (n, h, levels), seconds to fit and to forecast, and what was done."""
    known = min(job.train_end, int(job.origins.min()) + 1)
    frame = pd.DataFrame({"unique_id": "series", "ds": job.times[: len(job.counts)], "y": job.filled})
    began = time.perf_counter()
    model, about = _fitted(job, frame[:known])
    fitted = time.perf_counter()
    means, quantiles = [], []
    for origin in tqdm(job.origins.tolist(), desc=name):
        if origin + 1 > known:
            model.update(frame[known : origin + 1])
            known = origin + 1
        found = model.predict(job.horizon, level=list(CENTRAL))
        means.append(found["lightgbm"].to_numpy())
        quantiles.append(found[_columns()].to_numpy())
    seconds = time.perf_counter() - fitted
    return *checked(np.stack(means), np.stack(quantiles)), fitted - began, seconds, about


def _fitted(job: Job, frame: pd.DataFrame) -> tuple[MLForecast, str]:
    lags, transforms = _features(job.day, len(frame))
    booster = LGBMRegressor(**BOOSTING, n_jobs=os.cpu_count())
    dates = [name for name, bins in (("minute", 24), ("hour", 1), ("dayofweek", 0)) if job.day > bins]
    model = MLForecast(
        {"lightgbm": booster},
        freq=f"{job.bin_seconds // 60}min",
        lags=lags,
        lag_transforms=transforms,
        date_features=dates,
    )
    wanted = max(CALIBRATION_DAYS * job.day // job.horizon, LEAST_WINDOWS)
    windows = min(wanted, len(frame) // CALIBRATION_SHARE // job.horizon)
    intervals = PredictionIntervals(n_windows=windows, h=job.horizon)
    model.fit(frame, static_features=[], prediction_intervals=intervals)
    model.models_["lightgbm"].set_params(n_jobs=1)  # threads cost more than a prediction of one row
    shown = ", ".join(map(str, lags))
    return model, f"fitted once, recursive, lags {shown}, conformal intervals of {windows} windows"


def _features(day: int, length: int) -> tuple[list[int], dict[int, list[object]]]:
    """Lags and rolling means: the last bins, a day before the target, and a week before where three are known."""
    lags = [*RECENT_LAGS, day - 1, day, day + 1]
    transforms = {1: [RollingMean(bins) for bins in sorted({*RECENT_MEANS, day})], day: [RollingMean(4)]}
    if length > 21 * day:
        lags, transforms = [*lags, 7 * day], {**transforms, 7 * day: [RollingMean(4)]}
    return lags, transforms


def _columns() -> list[str]:
    low, high = [f"lightgbm-lo-{level}" for level in CENTRAL], [f"lightgbm-hi-{level}" for level in CENTRAL[::-1]]
    return [*low, "lightgbm", *high]
