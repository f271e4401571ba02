"""The quantiles of the members that `auto` averages: the adaptive forecast and the two sets of heads."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.heads.head_features import fast_level, relative_features
from forecasting.forecasters.adaptive.heads.quantile_heads import QuantileHeads, spread_to_levels
from forecasting.forecasters.adaptive.spread import NAMES as SPREAD_NAMES
from forecasting.forecasters.adaptive.state import AdaptiveState, Evaluation
from forecasting.forecasters.base import QUANTILES

RESIDUAL, DIRECT = HEAD_SETS = ("residual_heads", "direct_heads")
MEMBERS = ("adaptive", *HEAD_SETS)

NINE = np.array([QUANTILES.index(round(0.1 * k, 1)) for k in range(1, 10)])
"""The places of .1, .2 .. .9 among the levels: their mean is the mean of a set of heads."""


def member_quantiles(
    state: AdaptiveState, heads: dict[str, QuantileHeads], origins: np.ndarray, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles (members, n, h, levels) and means (members, n, h) from rising origins at near steps (h,)."""
    made = state.evaluate_near(origins, steps)
    shape = state.near.shape_at(origins)[:, steps - 1]
    spread = made.spread.T[..., None]
    plain = np.maximum(made.mix.T[..., None] + spread * shape, 0.0)
    quantiles, means = [plain], [made.mix.T]
    for name in HEAD_SETS:
        five = np.moveaxis(head_quantiles(state.bank, made, heads[name], name, origins, steps), 0, 1)
        levels = np.maximum(np.sort(spread_to_levels(five, plain), axis=-1), 0.0)
        quantiles.append(levels)
        means.append(levels[..., NINE].mean(axis=-1))
    return np.stack(quantiles), np.stack(means)


def head_quantiles(
    bank: Bank, made: Evaluation, heads: QuantileHeads, name: str, origins: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Return one set's quantiles (h, n, 5) in requests per bin, not yet cut at 0."""
    shift, unit, by = units_of(bank, made, name, origins)
    five = heads.predict(relative_features(bank, made, origins, steps, by))
    return shift[..., None] + unit[..., None] * five.reshape(*unit.shape, -1)


def units_of(bank: Bank, made: Evaluation, name: str, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a set's target is measured from and in, and what its features are divided by, each (h, n).

    The residual heads forecast (y - mix) / s, s between the spread and the usual error of a week, on features over the
    rows' scale; the direct heads forecast y / level, on features over that level.
    """
    if name == RESIDUAL:
        weekly = made.columns[..., SPREAD_NAMES.index("weekly")]
        return made.mix, np.sqrt(made.spread * weekly), made.rows.scale
    level = np.broadcast_to(fast_level(bank, origins), made.mix.shape)
    return np.zeros(made.mix.shape), level, level
