"""Filters over rows that grow: in pieces of any size they give what the whole gives."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from forecasting.forecasters.nan_filters import centred_mean, decayed_means, seasonal_mean
from forecasting.forecasters.running_filters import FORK, CentredMeans, RunningMeans, SeasonalMeans, Tape


def rows(seed: int, length: int = 700) -> np.ndarray:
    """Return two rows with single unknown values and long gaps."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, 50.0, (2, length))
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    values[0, 300:520] = np.nan
    values[1, :40] = np.nan
    return values


def pieces(seed: int, length: int = 700) -> list[slice]:
    """Return consecutive parts, many of one value, some empty or long."""
    rng = np.random.default_rng(seed)
    edges = np.minimum(np.append(0, np.cumsum(rng.choice([0, 1, 1, 2, 5, 40, 160], 300))), length)
    return [slice(*pair) for pair in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]


@pytest.mark.parametrize("seed", range(3))
def test_decayed_means_in_pieces_are_those_of_the_whole(seed: int):
    values, half_lives = rows(seed), (0.3, 1.0, 12.0, 500.0)
    filter_ = RunningMeans(half_lives)
    made = np.concatenate([filter_.extend(values[:, part]) for part in pieces(seed) if part.stop > part.start], axis=-1)
    np.testing.assert_allclose(made, decayed_means(values, half_lives), rtol=1e-12)


@pytest.mark.parametrize("half_width", [0, 3, 30])
@pytest.mark.parametrize("season", [24, 200, 900])
def test_smoothed_seasonal_means_in_pieces_are_those_of_the_whole(season: int, half_width: int):
    values, tape = rows(season), Tape(2)
    smooth = CentredMeans(half_width)
    usual = SeasonalMeans(2, season=season, forgetting=0.8, reach=half_width)
    for part in pieces(half_width):
        first, revised = smooth.extend(values[:, part])
        tape.put(first, usual.revise(first, revised))
    expected = [seasonal_mean(centred_mean(row, half_width), season, 0.8) for row in values]
    np.testing.assert_allclose(tape.view(700), expected, rtol=1e-11)


def test_a_view_of_a_tape_stays_and_so_does_a_fork():
    tape = Tape(lead=True)
    tape.put(0, np.arange(5.0))
    before = tape.view(5)
    tape.put(5, np.arange(5.0, 2000.0))
    np.testing.assert_array_equal(before, [np.nan, 0, 1, 2, 3, 4])
    memo: dict = {FORK: True}
    other, shared = copy.deepcopy(tape, memo), copy.deepcopy(tape)
    tape.put(3, np.full(2, -1.0))
    np.testing.assert_array_equal(other.view(5), [np.nan, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(shared.view(5), [np.nan, 0, 1, 2, -1, -1])
