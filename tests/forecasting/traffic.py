"""Small series made for tests."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.simulation.replay import Replay, replay_of
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

MONDAY = moment_of("2024-03-04 00:00:00", None)


def daily_traffic(days: float = 12, bin_seconds: int = 900, level: float = 300.0, seed: int = 7) -> Series:
    """Over-dispersed counts around a day's wave and a quieter weekend, starting on a Monday."""
    rng = np.random.default_rng(seed)
    second = np.arange(int(days * 86_400 / bin_seconds)) * bin_seconds
    day, weekday = second / 86_400 * 2 * np.pi, second // 86_400 % 7
    mean = level * (1 - 0.5 * np.cos(day)) * np.where(weekday > 4, 0.6, 1.0)
    return Series("test", bin_seconds, MONDAY, rng.negative_binomial(mean / 3, 1 / 4).astype(float))


def with_counts(series: Series, counts: np.ndarray) -> Series:
    """The same grid with other counts."""
    return Series(series.name, series.bin_seconds, series.start, counts, series.time_zone)


def replay_on(series: Series, service: ScaledService, **fields: object) -> Replay:
    """The replay of a request about a series with a whole service; `fields` are further ones of ScalingRequest."""
    return replay_of(ScalingRequest(series=series, service=asdict(service), **fields))
