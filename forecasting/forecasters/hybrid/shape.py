"""The shape of the day and the week: a Prophet fit of the logarithm, evaluated without Prophet.

Prophet is imported for fitting only. Serving evaluates its trend and Fourier terms in numpy, from a small JSON file of
numbers, equal to Prophet's own `yhat` (tested to 1e-8).
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE

FIT_BIN_SECONDS = 30 * MINUTE
"""Prophet is fitted to half-hour sums: that takes seconds, and its Fourier orders resolve nothing shorter."""

FLOOR_SHARE = 0.05
"""Counts below this share of the mean are raised to it before the logarithm, which is then bounded at night."""

DAILY_ORDER, WEEKLY_ORDER = 8, 24
SEED = 20240701


@dataclass(frozen=True, eq=False)
class Shape:
    """Parameters of one Prophet fit with linear growth and additive seasonalities, as plain numbers.

    `seasonalities` are (period in days, Fourier order) in the order of `beta`.
    """

    start: float
    t_scale: float
    y_scale: float
    y_min: float
    k: float
    m: float
    delta: tuple[float, ...]
    changepoints: tuple[float, ...]
    beta: tuple[float, ...]
    seasonalities: tuple[tuple[float, int], ...]

    def log_curve(self, wall: np.ndarray) -> np.ndarray:
        """Return Prophet's yhat at wall seconds (n,): the log of requests per hour; only its differences are used."""
        return self.trend(wall) + self.seasonal(wall).sum(axis=0)

    def trend(self, wall: np.ndarray) -> np.ndarray:
        """Return the trend part of `log_curve` (n,): piecewise linear with the changepoints as knots."""
        t = (wall - self.start) / self.t_scale
        delta, changepoints = np.array(self.delta), np.array(self.changepoints)
        after = t[:, None] >= changepoints
        trend = (self.k + after @ delta) * t + self.m - after @ (changepoints * delta)
        return trend * self.y_scale + self.y_min

    def seasonal(self, wall: np.ndarray) -> np.ndarray:
        """Return the seasonal parts of `log_curve` (seasonalities, n): sines and cosines of multiple angles.

        They are computed as powers of exp(i angle).
        """
        parts, used = np.zeros((len(self.seasonalities), len(wall))), 0
        for number, (period, order) in enumerate(self.seasonalities):
            turn = np.exp(2j * np.pi * (wall / 86_400 % period) / period)
            powers = np.cumprod(np.broadcast_to(turn[:, None], (len(wall), order)), axis=1)
            sines, cosines = np.array(self.beta[used : used + 2 * order]).reshape(order, 2).T
            parts[number] = (powers @ (cosines - 1j * sines)).real * self.y_scale
            used += 2 * order
        return parts

    def save(self, path: Path) -> None:
        """Write plain numbers as JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load a shape that `save` wrote."""
        stored = json.loads(path.read_text())
        return cls(**{name: _tuple(value) for name, value in stored.items()})

    @classmethod
    def from_prophet(cls, model: Any) -> Self:
        """Return the parameters of a fitted Prophet: linear growth, additive seasonalities, nothing else."""
        params = {name: np.mean(values, axis=0) for name, values in model.params.items()}
        return cls(
            start=model.start.timestamp(),
            t_scale=model.t_scale.total_seconds(),
            y_scale=float(model.y_scale),
            y_min=float(model.y_min),
            k=float(params["k"].item()),
            m=float(params["m"].item()),
            delta=_tuple(params["delta"].tolist()),
            changepoints=_tuple(np.asarray(model.changepoints_t, dtype=float).tolist()),
            beta=_tuple(params["beta"].tolist()),
            seasonalities=tuple((float(s["period"]), int(s["fourier_order"])) for s in model.seasonalities.values()),
        )


def fit_shape(series: Series) -> Shape:
    """Fit the shape of a series to half-hour sums, or its own bins if they are coarser; unknown bins are skipped."""
    coarse = resample(series, FIT_BIN_SECONDS) if FIT_BIN_SECONDS % series.bin_seconds == 0 else series
    known = np.isfinite(coarse.requests_count)
    per_hour = coarse.requests_count[known] * (HOUR / coarse.bin_seconds)
    return _fit(coarse.wall[known].tobytes(), per_hour.tobytes(), coarse.bin_seconds)


@lru_cache(maxsize=4)
def _fit(wall: bytes, per_hour: bytes, bin_seconds: int) -> Shape:
    """Fit Prophet once for equal data: the timeframes of a set share the fit."""
    seconds, counts = np.frombuffer(wall, dtype=np.int64), np.frombuffer(per_hour)
    logarithm = np.log(np.maximum(counts, FLOOR_SHARE * counts.mean()))
    return Shape.from_prophet(fitted_prophet(seconds, logarithm, bin_seconds))


def fitted_prophet(wall: np.ndarray, values: np.ndarray, bin_seconds: int) -> Any:
    """Fit Prophet to values (n,) at wall seconds (n,), with the seasonalities that the span can resolve."""
    # Prophet takes a second to import; forecasts do not need it
    from cmdstanpy import disable_logging
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.ERROR)
    days = (wall[-1] - wall[0]) / 86_400
    model = Prophet(
        yearly_seasonality=False,
        daily_seasonality=False,
        weekly_seasonality=False,
        uncertainty_samples=0,
        n_changepoints=min(25, max(1, int(days / 2))),
    )
    if bin_seconds < 12 * HOUR:
        model.add_seasonality("daily", 1, min(DAILY_ORDER, 43_200 // bin_seconds))
    if days >= 14:
        model.add_seasonality("weekly", 7, min(WEEKLY_ORDER, 7 * 43_200 // bin_seconds))
    with disable_logging():
        model.fit(pd.DataFrame({"ds": wall.astype("datetime64[s]"), "y": values}), seed=SEED)
    return model


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
