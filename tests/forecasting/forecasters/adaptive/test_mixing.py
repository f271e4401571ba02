"""The experts' weights, on means made for the purpose."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.experts import EXPERTS, PRIORS, Made
from forecasting.forecasters.adaptive.mixing import RunningLosses, by_target, mixed
from forecasting.timeseries.series import Series
from tests.forecasting.forecasters.adaptive.services import flat, with_counts

FIVE, HOUR = 300, 12
_PRIORS = np.array(list(PRIORS.values()))


def wave(days: float) -> Series:
    """Return a smooth day without noise: every loss is the experts' own."""
    series = flat(days, FIVE, 0.0)
    return with_counts(series, 100 + 30 * np.sin(np.arange(len(series)) / 288 * 2 * np.pi))


def switching(series: Series, best: np.ndarray, steps: np.ndarray, seed: int) -> np.ndarray:
    """Return means (experts, h, n) that are 2 to 6 % off for the best expert (n,) of a target, else 20 to 60 %."""
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(len(EXPERTS))[:, None] == best, 0.04, 0.4) * rng.uniform(0.5, 1.5, (len(EXPERTS), 1))
    by_origin = np.full((len(EXPERTS), len(steps), len(series)), np.nan)
    for place, step in enumerate(steps.tolist()):
        by_origin[:, place, :-step] = (series.requests_count * (1 + size))[:, step:]
    return by_origin


def mix_of(series: Series, means: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mix (h, n) and the weights (experts, h, n)."""
    bank = Bank.of(series)
    losses = RunningLosses(bank.lengths, steps).extend(bank, Made(means, 0), 0)
    weights = losses.weights(bank, _PRIORS, np.arange(len(series)), steps)
    return mixed(means, weights)


@pytest.mark.parametrize("seed", range(3))
def test_within_an_hour_of_a_switch_the_mix_is_as_good_as_the_best_expert(seed: int):
    """Losses are bounded by 0.6 of the level. The best expert changes at random times of the first day."""
    series, steps = wave(1), np.array([1])
    rng = np.random.default_rng(seed)
    switches = np.concatenate([[0], np.cumsum(rng.integers(3 * HOUR, 8 * HOUR, 20))])
    switches = switches[switches < len(series) - 2 * HOUR]
    order = rng.permutation(len(EXPERTS))[: len(switches)]
    best = order[np.minimum(np.searchsorted(switches, np.arange(len(series)), side="right") - 1, len(order) - 1)]
    means = switching(series, best, steps, seed)
    errors = by_target(np.abs(mix_of(series, means, steps)[0]), steps)[0] - series.requests_count
    own = by_target(means, steps)[:, 0] - series.requests_count
    for place, first in enumerate(switches[: len(order)]):
        end = switches[place + 1] if place + 1 < len(switches) else len(series)
        after = np.arange(first + HOUR + 1, end)
        assert np.abs(errors[after]).mean() <= 1.05 * np.abs(own[order[place], after]).mean()


def test_a_storm_at_the_same_time_every_day_is_left_to_the_expert_that_knows_it():
    """For half an hour a day all experts but one are 40 % off; else that one is twice as far off as the others."""
    series, steps = wave(6), np.array([1, 4, 12])
    time, week = np.arange(len(series)) % 288, EXPERTS.index("week")
    stormy = (time >= 100) & (time < 106)
    off = np.where(stormy, 0.4, 0.04) * np.ones((len(EXPERTS), 1))
    off[week] = np.where(stormy, 0.04, 0.08)
    means = np.full((len(EXPERTS), len(steps), len(series)), np.nan)
    for place, step in enumerate(steps.tolist()):
        means[:, place, :-step] = (series.requests_count * (1 + off))[:, step:]
    mix, _ = mix_of(series, means, steps)
    errors = np.abs(by_target(mix, steps) / series.requests_count - 1)
    later = np.arange(len(series)) >= 3 * 288
    assert (errors[:, stormy & later] < 0.08).all()
    calm = ((time < 90) | (time > 150)) & later & (np.arange(len(series)) < len(series) - 1)
    assert (errors[:, calm] < 0.042).all()


def test_an_expert_without_a_forecast_drops_out():
    series, steps = wave(3), np.array([1, 4, 12])
    means = switching(series, np.full(len(series), EXPERTS.index("recent")), steps, 2)
    means[EXPERTS.index("recent")] = np.nan
    means[EXPERTS.index("fast"), :, 400:] = np.nan
    mix, weights = mix_of(series, means, steps)
    assert (weights[EXPERTS.index("recent")] == 0).all()
    assert (weights[EXPERTS.index("fast"), :, 400:] == 0).all()
    known = slice(0, len(series) - 12)
    assert np.isfinite(mix[:, known]).all()
    np.testing.assert_allclose(weights[..., known].sum(axis=0), 1.0)


def test_a_mix_of_nothing_is_unknown():
    mean, share = mixed(np.full((3, 1, 2), np.nan), np.ones((3, 1, 2)))
    assert np.isnan(mean).all()
    assert (share == 0).all()


def test_infinite_means_do_not_count():
    mean, share = mixed(np.array([[[np.inf]], [[4.0]]]), np.ones((2, 1, 1)))
    assert (mean.item(), share.ravel().tolist()) == (4.0, [0.0, 1.0])


def test_weights_before_any_loss_are_the_priors():
    series, steps = wave(1), np.array([1, 12])
    means = switching(series, np.zeros(len(series), int), steps, 3)
    _, weights = mix_of(series, means, steps)
    np.testing.assert_allclose(weights[:, 0, 0], _PRIORS / _PRIORS.sum())


def test_by_target_puts_a_forecast_where_its_target_is():
    values = np.arange(10.0).reshape(2, 5)
    shifted = by_target(values, np.array([1, 3]))
    np.testing.assert_array_equal(shifted, [[np.nan, 0, 1, 2, 3], [np.nan, np.nan, np.nan, 5, 6]])
