"""Training of the quantile heads: which rows, towards what, with which weight."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.heads.head_features import relative_features
from forecasting.forecasters.adaptive.heads.member_quantiles import HEAD_SETS, units_of
from forecasting.forecasters.adaptive.heads.quantile_heads import HeadRows, QuantileHeads
from forecasting.forecasters.adaptive.state import AdaptiveState, split
from forecasting.forecasters.base import QUANTILES
from forecasting.progress import Progress, within
from forecasting.timeseries.series import Series

ROWS = 30_000
STEPS = np.arange(1, 13)
FIRST_STEP_EXTRA = 0.1
WARM_UP_DAYS = 2
LEAST_ROWS = 400
MOST_RATIO = {"residual_heads": 12.0, "direct_heads": 50.0}
MOST_WEIGHT = 3.0
SEED = 20261130


def train_heads(series: Series, report: Progress) -> tuple[dict[str, QuantileHeads], dict[str, float]]:
    """Return both sets of heads, and the loss of each set's median over the adaptive one's on late rows.

    Empty for a series whose forecasts have no errors, or with too few known bins.
    """
    state = AdaptiveState.of(series)
    drawn = _Drawn(state)
    heads, rho = {}, {}
    for number, name in enumerate(HEAD_SETS):
        rows, place = drawn.rows(name)
        if len(rows) < LEAST_ROWS:
            return {}, {}
        part = within(report, number / len(HEAD_SETS), (number + 1) / len(HEAD_SETS))
        heads[name], late, medians = QuantileHeads.fit(rows, part)
        rho[name] = drawn.relative_loss(name, place[late], medians)
    return heads, rho


class _Drawn:
    """Rows drawn from the past of a series, in the order of their origins."""

    def __init__(self, state: AdaptiveState):
        bank = state.bank
        n, rng = len(bank.counts), np.random.default_rng(SEED)
        first = min(WARM_UP_DAYS * bank.lengths.day, n // 4)
        per_step = np.full(len(STEPS), ROWS // len(STEPS))
        per_step[0] += int(FIRST_STEP_EXTRA * ROWS)
        features: dict[str, list[np.ndarray]] = {name: [] for name in HEAD_SETS}
        units: dict[str, list[np.ndarray]] = {name: [] for name in HEAD_SETS}
        facts = []
        for step, count in zip(STEPS.tolist(), per_step.tolist(), strict=True):
            origins = np.arange(first, n - step)
            known = np.isfinite(bank.counts[origins + step]) & (bank.scale[origins] > 0)
            origins = origins[known]
            if len(origins) > count:
                origins = np.sort(rng.choice(origins, count, replace=False))
            for part in split(origins):
                made = state.near.evaluate(part, np.array([step]), np.array([step - 1]))
                median = state.near.shape_at(part)[:, step - 1, QUANTILES.index(0.5)]
                actual, day = bank.counts[part + step], bank.scale[part]
                plain = np.maximum(made.mix[0] + made.spread[0] * median, 0.0)
                facts.append(np.stack([part.astype(np.float64), actual, day, plain]))
                for name in HEAD_SETS:
                    shift, unit, by = units_of(bank, made, name, part)
                    features[name].append(relative_features(bank, made, part, np.array([step]), by))
                    units[name].append(np.stack([shift[0], unit[0]]))
        together = np.concatenate(facts, axis=1) if facts else np.empty((4, 0))
        self._order = np.argsort(together[0], kind="stable")
        _, self._actual, self._day, self._plain = together[:, self._order]
        self._features = {name: np.concatenate(parts)[self._order] for name, parts in features.items() if parts}
        self._units = {name: np.concatenate(parts, axis=1)[:, self._order] for name, parts in units.items() if parts}

    def rows(self, name: str) -> tuple[HeadRows, np.ndarray]:
        """Return a set's training rows and their places among the drawn ones."""
        if name not in self._features:
            return HeadRows(np.empty((0, 0)), np.empty(0), np.empty(0)), np.empty(0, np.int64)
        shift, unit = self._units[name]
        place = np.flatnonzero(unit > 1e-6 * self._day)
        ratio = (self._actual[place] - shift[place]) / unit[place]
        weight = np.minimum(unit[place] / self._day[place], MOST_WEIGHT)
        target = np.clip(ratio, -MOST_RATIO[name], MOST_RATIO[name])
        return HeadRows(self._features[name][place], target, weight), place

    def relative_loss(self, name: str, place: np.ndarray, medians: np.ndarray) -> float:
        """Return the absolute loss of medians of a set's target over that of the adaptive medians, on drawn rows."""
        shift, unit = self._units[name][:, place]
        actual, day = self._actual[place], self._day[place]
        mine = np.sum(np.abs(actual - np.maximum(shift + unit * medians, 0.0)) / day)
        plain = np.sum(np.abs(actual - self._plain[place]) / day)
        return float(mine / plain) if plain > 0 else 1.0
