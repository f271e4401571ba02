"""The cap on freak counts against a loop over bins."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.adaptive.outlier_cap import DAYS, FACTOR, LEAST_BINS, NEIGHBOURS, OutlierCap
from forecasting.forecasters.adaptive.wall_grid import WallGrid
from forecasting.timeseries.series import Series
from tests.forecasting.forecasters.adaptive.services import drawn, flat, service, with_counts


def one_by_one(series: Series, day: int) -> np.ndarray:
    """Return the capped counts, each from those before it."""
    grid, result = WallGrid.of(series), series.requests_count.copy()
    at_position: dict[int, float] = {}
    known = 0
    for place, value in enumerate(result):
        known += not np.isnan(value)
        near = int(grid.position[place]) - 7 * day
        weekly = [at_position.get(near + offset, np.nan) for offset in range(-NEIGHBOURS, NEIGHBOURS + 1)]
        before = [*result[max(0, place - DAYS * day) : place], *weekly]
        most = max((each for each in before if not np.isnan(each)), default=0.0)
        if most > 0 and known > LEAST_BINS and value > FACTOR * most:
            result[place] = FACTOR * most
        at_position.setdefault(int(grid.position[place]), float(result[place]))
    return result


def capped(series: Series, day: int) -> np.ndarray:
    return OutlierCap(day).extend(series.requests_count, WallGrid.of(series), 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_the_cap_is_that_of_a_loop(seed: int):
    rng = np.random.default_rng(seed)
    series = service(20, 1800, "Europe/Berlin", "2026-03-20", seed=seed)
    counts = series.requests_count * rng.choice([1.0, 1.0, 1.0, 4.0, 60.0], len(series))
    counts[rng.uniform(size=len(counts)) < 0.05] = np.nan
    counts[200:330] = rng.choice([0.0, np.nan], 130)
    series = with_counts(series, counts)
    np.testing.assert_allclose(capped(series, 48), one_by_one(series, 48))


def test_a_freak_becomes_three_times_and_a_true_rise_passes():
    series = drawn(flat(6, 900, 0.0), np.full(576, 100.0))
    counts = series.requests_count.copy()
    most = counts[200 - 192 : 200].max()
    counts[200] = 10_000.0
    counts[400:] *= 8
    made = capped(with_counts(series, counts), 96)
    assert made[200] == FACTOR * most
    np.testing.assert_array_equal(made[402:], counts[402:])
    np.testing.assert_array_equal(made[:200], counts[:200])
