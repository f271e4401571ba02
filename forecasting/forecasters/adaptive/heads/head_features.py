"""What the quantile heads see of a forecast: the experts' columns, their means, the errors' history, the calendar."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.bank import DEVIATION_BINS, Bank
from forecasting.forecasters.adaptive.regressors import LEAST_SHARE
from forecasting.forecasters.adaptive.state import Evaluation
from forecasting.forecasters.adaptive.wall_grid import at
from forecasting.timeseries.timeframes import DAY, HOUR


def relative_features(
    bank: Bank, made: Evaluation, origins: np.ndarray, steps: np.ndarray, unit: np.ndarray
) -> np.ndarray:
    """Return features (h * n, F) float32, the counts among them over `unit` (h, n): k times the traffic, same row."""
    rows, safe = made.rows, np.where(unit > 0, unit, 1.0)
    columns = rows.columns * (rows.safe_scale / safe)[..., None]
    back = bank.grid.back(rows.targets, origins, bank.lengths.day, DEVIATION_BINS)
    deviation = at(bank.deviation, bank.grid.position[rows.targets] - back)
    noise = np.broadcast_to(bank.noise[:, None, origins], (2, *safe.shape))
    parts = [*made.means, made.mix, made.spread, *np.moveaxis(made.columns, -1, 0), *deviation, *noise]
    counts = np.stack(parts, axis=-1) / safe[..., None]
    calendar = np.stack(_calendar(bank, rows.targets, origins, steps, rows.scale), axis=-1)
    features = np.concatenate([columns, counts, calendar], axis=-1, dtype=np.float32)
    return features.reshape(-1, features.shape[-1])


def fast_level(bank: Bank, origins: np.ndarray) -> np.ndarray:
    """Return the level (n,) that the direct heads divide by, at least a small share of the mean of a day."""
    return np.fmax(np.fmax(bank.fast[origins], LEAST_SHARE * bank.scale[origins]), 0.0)


def _calendar(
    bank: Bank, targets: np.ndarray, origins: np.ndarray, steps: np.ndarray, scale: np.ndarray
) -> list[np.ndarray]:
    """Return columns (h, n): time of day, day of week, time of the hour, step, scale over the mean of a day."""
    series = bank.series
    wall = (bank.grid.position[targets] - bank.grid.position[0]) * series.bin_seconds + series.wall[0]
    return [
        (wall % DAY) / DAY,
        ((wall // DAY + 3) % 7).astype(np.float64),
        (wall % HOUR) / HOUR,
        np.broadcast_to(steps[:, None], targets.shape).astype(np.float64),
        bank.share_of_day(scale, origins),
    ]
