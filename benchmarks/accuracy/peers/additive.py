"""Prophet alone: its defaults, fitted anew every midnight on what was known then, forecasts of a day from one fit."""

from __future__ import annotations

import logging
import time

import numpy as np
import pandas as pd
from prophet import Prophet
from tqdm import tqdm

from benchmarks.accuracy.peers.windows import DAY_SECONDS, LEVELS, Job, checked

MOST_BINS = 30_240
"""The window of a fit: 21 days of minutes, all there is of coarser bins; a fit on two months of minutes takes one."""


def forecast(name: str, job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Means (n, h), quantiles (n, h, levels), seconds of all fits and of all forecasts, and what was done."""
    logging.getLogger("cmdstanpy").disabled = True
    means = np.empty((len(job.origins), job.horizon))
    quantiles = np.empty((len(job.origins), job.horizon, len(LEVELS)))
    fitting = forecasting = 0.0
    known = known_at(job)
    for edge in tqdm(np.unique(known).tolist(), desc=name):
        began = time.perf_counter()
        model = _fitted(job, edge)
        fitted = time.perf_counter()
        at = np.flatnonzero(known == edge)
        targets = job.origins[at][:, None] + np.arange(1, job.horizon + 1)
        bins, place = np.unique(targets, return_inverse=True)
        mean, levels = _forecasts(model, job, bins, seed=edge)
        means[at], quantiles[at] = mean[place].reshape(targets.shape), levels[place].reshape(*targets.shape, -1)
        fitting, forecasting = fitting + fitted - began, forecasting + time.perf_counter() - fitted
    about = f"defaults, fitted anew every midnight on the last {min(MOST_BINS, known.max()):,} bins at most"
    return *checked(means, quantiles), fitting, forecasting, about


def known_at(job: Job) -> np.ndarray:
    """How many bins (n,) the fit had seen from which each origin is forecast: those before the last midnight."""
    seconds = job.start + job.bin_seconds * (job.origins + 1)
    midnight = seconds // DAY_SECONDS * DAY_SECONDS
    return np.clip((midnight - job.start) // job.bin_seconds, min(job.day, job.origins.min() + 1), job.origins + 1)


def _fitted(job: Job, edge: int) -> Prophet:
    first = max(0, edge - MOST_BINS)
    frame = pd.DataFrame({"ds": job.times[first:edge], "y": job.counts[first:edge]})
    return Prophet().fit(frame, seed=edge)


def _forecasts(model: Prophet, job: Job, bins: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    np.random.seed(seed)  # noqa: NPY002 - Prophet draws its samples from the old generator
    frame = pd.DataFrame({"ds": job.times[bins]})
    samples = model.predictive_samples(frame)["yhat"]
    model.uncertainty_samples = 0
    return model.predict(frame)["yhat"].to_numpy(), np.quantile(samples, LEVELS, axis=1).T
