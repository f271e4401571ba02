"""The online regression against weighted least squares over all rows, solved directly."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.ridge import FIXED_PENALTY, HUBER, HUBER_MEMORY, OnlineRidge

STEPS, COLUMNS, HALF_LIFE, PENALTY = 2, 4, 7.0, 0.01
START = np.array([0.5, 0.5, 0.0, 0.0])


def test_weights_equal_weighted_least_squares():
    rng = np.random.default_rng(1)
    ridge = OnlineRidge(START, STEPS, HALF_LIFE, PENALTY)
    days = [1.0, 1.0, 0.5, 2.0, 1.0]
    blocks, usual = [], np.full(STEPS, np.nan)
    for length in days:
        x = rng.normal(size=(STEPS, 40, COLUMNS))
        y = x @ [0.2, 0.9, -0.3, 0.1] + rng.standard_t(2, size=(STEPS, 40)) * 0.2
        y[:, ::9] = np.nan
        weight = rng.uniform(0, 2, y.shape) * (rng.uniform(size=y.shape) > 0.1)
        error = y - (x @ ridge.weights[..., None])[..., 0]
        effective, usual = huber(weight, y, error, usual)
        blocks.append((x, y, effective, length))
        ridge.learn(x, y, weight, error, length)
        for step in range(STEPS):
            np.testing.assert_allclose(ridge.weights[step], direct(blocks, step), rtol=1e-8, atol=1e-10)


def huber(weight: np.ndarray, y: np.ndarray, error: np.ndarray, usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of rows with the large errors weighted down, and the usual error after this block."""
    effective, after = np.zeros_like(weight), usual.copy()
    for step in range(len(weight)):
        good = (weight[step] > 0) & np.isfinite(y[step])
        size = np.abs(error[step])
        median = np.median(size[good])
        after[step] = median if np.isnan(usual[step]) else (1 - HUBER_MEMORY) * usual[step] + HUBER_MEMORY * median
        limit = HUBER * max(median, after[step])
        effective[step, good] = weight[step, good] * np.minimum(1.0, limit / size[good])
    return effective, after


def direct(blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray, float]], step: int) -> np.ndarray:
    """Return the weights by least squares on all rows, with the penalty as rows of its own."""
    age, rows, right = 0.0, [], []
    for x, y, weight, length in reversed(blocks):
        root = np.sqrt(weight[step] * 0.5 ** (age / HALF_LIFE))
        good = root > 0
        rows.append(x[step][good] * root[good, None])
        right.append((y[step][good] - x[step][good] @ START) * root[good])
        age += length
    stacked = np.concatenate(rows)
    penalty = PENALTY * np.sum(stacked**2) / COLUMNS + FIXED_PENALTY
    rows.append(np.sqrt(penalty) * np.eye(COLUMNS))
    right.append(np.zeros(COLUMNS))
    return START + np.linalg.lstsq(np.concatenate(rows), np.concatenate(right), rcond=None)[0]


def test_without_rows_the_start_stays():
    ridge = OnlineRidge(START, STEPS, HALF_LIFE, PENALTY)
    nothing = np.zeros((STEPS, 5))
    ridge.learn(np.ones((STEPS, 5, COLUMNS)), nothing, nothing, nothing, 1.0)
    np.testing.assert_array_equal(ridge.weights, [START, START])
