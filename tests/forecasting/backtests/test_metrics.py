"""Scores against definitions written out for one series, and the published seasonal scales of NASA-HTTP."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.backtests.metrics import ScoreSums, seasonal_scale
from forecasting.forecasters.base import QUANTILES
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of


def slow_scores(actual, means, quantiles, scale):
    """The formulas, one forecast at a time."""
    known = [i for i in range(len(actual)) if not np.isnan(actual[i])]
    column = {level: k for k, level in enumerate(QUANTILES)}
    pinball = []
    for tenth in range(1, 10):
        level = tenth / 10
        loss = sum(
            2 * abs((actual[i] - quantiles[i, column[level]]) * ((actual[i] <= quantiles[i, column[level]]) - level))
            for i in known
        )
        pinball.append(loss / sum(abs(actual[i]) for i in known))

    def mean(values):
        values = list(values)
        return sum(values) / len(values)

    def covered(low, high):
        return mean(quantiles[i, column[low]] <= actual[i] <= quantiles[i, column[high]] for i in known)

    def smape(i):
        size = abs(actual[i]) + abs(means[i])
        return 200 * abs(means[i] - actual[i]) / size if size else 0

    return {
        "n": len(known),
        "rmse": mean((means[i] - actual[i]) ** 2 for i in known) ** 0.5,
        "mae": mean(abs(means[i] - actual[i]) for i in known),
        "smape": mean(smape(i) for i in known),
        "mase": mean(abs(actual[i] - quantiles[i, column[0.5]]) for i in known) / scale,
        "wql": mean(pinball),
        "coverage_80": covered(0.1, 0.9),
        "coverage_90": covered(0.05, 0.95),
        "bias": mean(means[i] - actual[i] for i in known),
    }


def made_up(n=200, seed=0):
    rng = np.random.default_rng(seed)
    actual = rng.poisson(20, n).astype(float)
    actual[rng.random(n) < 0.1] = np.nan
    actual[:3] = 0
    means = rng.gamma(20, 1, n)
    means[:2] = 0
    quantiles = np.sort(rng.gamma(20, 1, (n, len(QUANTILES))), axis=1)
    return actual, means, quantiles


def test_every_score_equals_its_definition():
    actual, means, quantiles = made_up()
    sums = ScoreSums(1)
    sums.add(np.zeros(len(actual), dtype=int), actual, means, quantiles)
    assert sums.scores(7.0) == pytest.approx(slow_scores(actual, means, quantiles, 7.0))


def test_chunks_and_groups_add_up():
    actual, means, quantiles = made_up()
    group = np.arange(len(actual)) % 4
    sums = ScoreSums(4)
    for rows in (slice(0, 90), slice(90, None)):
        sums.add(group[rows], actual[rows], means[rows], quantiles[rows])
    assert sums.scores(7.0) == pytest.approx(slow_scores(actual, means, quantiles, 7.0))
    two = group == 2
    assert sums.scores(7.0, np.array([2])) == pytest.approx(slow_scores(actual[two], means[two], quantiles[two], 7.0))


def test_nothing_scored_is_none_not_zero():
    sums = ScoreSums(1)
    sums.add(np.zeros(1, dtype=int), np.array([np.nan]), np.ones(1), np.ones((1, len(QUANTILES))))
    assert sums.scores(1.0) == {**dict.fromkeys(sums.scores(1.0)), "n": 0}


@pytest.mark.parametrize(("timeframe", "published"), [("1m", 21.193), ("5m", 83.327), ("15m", 218.033)])
def test_seasonal_scale_of_the_training_days(timeframe, published, nasa):
    training = resample(nasa, bin_seconds_of(timeframe)).between(None, moment_of("1995-08-23", None))
    assert seasonal_scale(training) == pytest.approx(published, rel=2e-3)


def test_seasonal_scale_needs_a_day_and_a_bin():
    assert seasonal_scale(Series("short", 3_600, 0, np.arange(24.0))) == 0
    assert seasonal_scale(Series("pair", 3_600, 0, np.arange(25.0))) == 24
