"""One peer on one series, in the peers' venv: `python -m benchmarks.accuracy.peers.run PEER JOB.npz FORECASTS.npz`."""

from __future__ import annotations

import sys
import warnings
from dataclasses import fields
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.accuracy.peers.windows import Job

STATISTICAL = ("SeasonalNaive", "AutoETS", "AutoTheta", "MSTL")
LIBRARIES = {
    **dict.fromkeys(STATISTICAL, "statsforecast"),
    "mlforecast": "mlforecast",
    "Prophet": "prophet",
    "OnlineRidge": "numpy",
    "DirectQuantiles": "lightgbm",
}
"""The package that each peer is from."""

MODULES = {
    **dict.fromkeys(STATISTICAL, "statistical"),
    "mlforecast": "gradient",
    "Prophet": "additive",
    "OnlineRidge": "direct",
    "DirectQuantiles": "direct",
}
"""The module here that calls it."""


def forecast(peer: str, job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Means (n, h), quantiles (n, h, levels), seconds to fit and to forecast, and what was done."""
    return import_module(f"benchmarks.accuracy.peers.{MODULES[peer]}").forecast(peer, job)


def main(peer: str, source: str, target: str) -> None:
    """Read a job, forecast, write what came."""
    warnings.simplefilter("ignore")
    with np.load(source, allow_pickle=False) as stored:
        values = {field.name: stored[field.name] for field in fields(Job)}
    numbers: dict[str, Any] = {name: value if value.ndim else int(value) for name, value in values.items()}
    job = Job(**numbers)
    means, quantiles, fit_seconds, forecast_seconds, about = forecast(peer, job)
    np.savez(
        target,
        means=means.astype(np.float32),
        quantiles=quantiles.astype(np.float32),
        fit_seconds=fit_seconds,
        forecast_seconds=forecast_seconds,
        about=about,
        version=version(LIBRARIES[peer]),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
