"""What the quantile heads see of a forecast: the experts' columns, their means, the errors' history, the calendar."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.bank import DEVIATION_BINS, LEVEL, Bank
from forecasting.forecasters.adaptive.regressors import LEAST_SHARE
from forecasting.forecasters.adaptive.state import Evaluation
from forecasting.forecasters.adaptive.wall_grid import at
from forecasting.forecasters.nan_filters import decayed_means
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

FAST_LEVELS = ((1.0, 20.0), (5.0, 8.0), (15.0, 6.0), (60.0, 17.0))
"""Half-life in bins of the level that the direct heads divide by, by the minutes of a bin."""

NOISE_MINUTES = 480

_NOISE: Derived[np.ndarray] = Derived()
_FAST: Derived[np.ndarray] = Derived()


def relative_features(
    bank: Bank, made: Evaluation, origins: np.ndarray, steps: np.ndarray, unit: np.ndarray
) -> np.ndarray:
    """Return features (h * n, F) float32, the counts among them over `unit` (h, n): k times the traffic, same row."""
    rows, safe = made.rows, np.where(unit > 0, unit, 1.0)
    columns = rows.columns * (rows.safe_scale / safe)[..., None]
    back = bank.grid.back(rows.targets, origins, bank.lengths.day, DEVIATION_BINS)
    deviation = at(bank.deviation, bank.grid.position[rows.targets] - back)
    noise = np.broadcast_to(noise_of(bank)[:, None, origins], (2, *safe.shape))
    parts = [*made.means, made.mix, made.spread, *np.moveaxis(made.columns, -1, 0), *deviation, *noise]
    counts = np.stack(parts, axis=-1) / safe[..., None]
    calendar = np.stack(_calendar(bank, rows.targets, origins, steps, rows.scale), axis=-1)
    features = np.concatenate([columns, counts, calendar], axis=-1, dtype=np.float32)
    return features.reshape(-1, features.shape[-1])


def fast_level(bank: Bank) -> np.ndarray:
    """Return the level (n,) that the direct heads divide by, at least a small share of the mean of a day."""

    def level() -> np.ndarray:
        minutes, bins = zip(*FAST_LEVELS, strict=True)
        half_life = float(np.interp(np.log(bank.series.bin_seconds / MINUTE), np.log(minutes), bins))
        fast = decayed_means(bank.counts, (half_life,))[0]
        return np.fmax(np.fmax(fast, LEAST_SHARE * bank.scale), 0.0)

    return _FAST.of(bank.series, level)


def noise_of(bank: Bank) -> np.ndarray:
    """Return root mean squares (2, n) of the changes from bin to bin, over a short and a long past."""

    def noise() -> np.ndarray:
        jumps = np.full(len(bank.counts), np.nan)
        np.subtract(bank.counts[1:], bank.counts[:-1], out=jumps[1:])
        level = bank.lengths.levels[LEVEL]
        return np.sqrt(
            decayed_means(jumps * jumps, (2.5 * level, max(12.0, NOISE_MINUTES * MINUTE / bank.series.bin_seconds)))
        )

    return _NOISE.of(bank.series, noise)


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
