"""The weights of the adaptive forecast and of the heads, and the width of their average, from losses up to the origin.

Losses and errors are tracked at three steps, from origins a few minutes apart. Before the end of training the heads
have seen the targets, so there they count as the adaptive loss times their `rho`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.heads.member_quantiles import HEAD_SETS, MEMBERS, NINE, member_quantiles
from forecasting.forecasters.adaptive.heads.quantile_heads import QuantileHeads
from forecasting.forecasters.adaptive.state import AdaptiveState, split
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.interval_adaptation import TRACKED_STEPS, nearest_tracked, strided_origins
from forecasting.forecasters.nan_filters import coming, decayed_means
from forecasting.timeseries.timeframes import MINUTE

POWER = 16.0
STRIDE_SECONDS = 5 * MINUTE
LOSS_BINS, WIDTH_BINS = 150, 672
"""The losses' half-life and the errors' window are a day, or this many bins if that is longer."""

SHOCK_ENTRIES, NO_SHOCK = 4.0, 1.2
"""Half-life of the losses just now, and how much worse than usual they may be before it counts."""

MEMORY = 7
"""Half-lives before the end of training whose losses count."""

WIDTH_POWER, LEAST_WIDTH, MOST_WIDTH = 0.7, 0.3, 3.0
LEAST_ERRORS = 50
CERTAIN = 9.0
"""The standardised error of a forecast without width that was wrong; one that was right has 0."""

SILENT_SHARE = 0.02
LOW, MIDDLE, HIGH = (QUANTILES.index(level) for level in (0.1, 0.5, 0.9))
_LEVELS = np.array(QUANTILES)[NINE]


class HeadTrack:
    """Losses and standardised errors of one series after the end of training, known at any origin.

    By tracked step: losses (members, entries) and widths (2, entries), each with the targets (entries,) from which on
    an entry is known.
    """

    def __init__(self, state: AdaptiveState, heads: dict[str, QuantileHeads], rho: dict[str, float], cut: int):
        bank = state.bank
        stride = max(1, round(STRIDE_SECONDS / bank.series.bin_seconds))
        half_life = max(bank.lengths.day, LOSS_BINS) / stride
        self._window = round(max(bank.lengths.day, WIDTH_BINS) / stride)
        after = strided_origins(bank.series, stride, max(cut - 1, 0), len(bank.counts) - 1)
        before = strided_origins(bank.series, stride, max(0, cut - round(MEMORY * half_life * stride)), max(cut - 1, 0))
        share = np.array([1.0, *(rho[name] for name in HEAD_SETS)])
        self._targets, self._losses, self._errors = [], [], []
        made = [member_quantiles(state, heads, part, TRACKED_STEPS)[0] for part in split(after)]
        late = np.concatenate(made, axis=1) if made else np.empty((len(MEMBERS), 0, len(TRACKED_STEPS), len(QUANTILES)))
        for place, step in enumerate(TRACKED_STEPS.tolist()):
            early = before[before + step < cut]
            plain = _plain(state, early, step)
            losses = np.concatenate(
                [share[:, None] * _pinball(bank, plain, early, step), _pinball(bank, late[:, :, place], after, step)],
                axis=1,
            )
            self._targets.append(np.concatenate([early, after]) + step)
            self._losses.append(_decayed(losses, half_life))
            if place == 0:
                lately = _decayed(losses, SHOCK_ENTRIES) / self._losses[0]
                self._shocks = lately / lately[:1]
        for place, step in enumerate(TRACKED_STEPS.tolist()):
            weights = self.weights(after, TRACKED_STEPS[place : place + 1])
            here = late[:, :, place]
            kept = keeps_untrained(bank, here[0][:, None], after)
            mixed = np.where(kept, here[0], (weights * here).sum(axis=0))
            self._errors.append((after + step, self._widths(bank, mixed, after + step)))

    def weights(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the members' weights (members, n, h), which sum to 1."""
        loss = np.empty((len(MEMBERS), len(origins), len(TRACKED_STEPS)))
        for place, (targets, losses) in enumerate(zip(self._targets, self._losses, strict=True)):
            known = np.searchsorted(targets, origins, side="right") - 1
            loss[..., place] = np.where(known >= 0, losses[:, np.maximum(known, 0)], np.nan)
        loss = np.where(np.isfinite(loss).all(axis=0), np.maximum(loss, 1e-12), 1.0)
        loss *= np.maximum(self._shock(origins) / NO_SHOCK, 1.0)[..., None]
        weight = (loss / loss.min(axis=0)) ** -POWER
        return (weight / weight.sum(axis=0))[..., nearest_tracked(steps)]

    def _shock(self, origins: np.ndarray) -> np.ndarray:
        """Return how much worse than usual each member is just now (members, n), compared with the adaptive forecast.

        It is measured at step 1, whose errors are known first, and counts for every step.
        """
        known = np.searchsorted(self._targets[0], origins, side="right") - 1
        shock = np.where(known >= 0, self._shocks[:, np.maximum(known, 0)], 1.0)
        return np.where(np.isfinite(shock), shock, 1.0)

    def widened(self, quantiles: np.ndarray, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return quantiles (n, h, levels) with both sides' widths set by the errors known at the origins."""
        factors = np.ones((2, len(origins), len(TRACKED_STEPS)))
        for place, (targets, widths) in enumerate(self._errors):
            if len(targets):
                known = np.searchsorted(targets, origins, side="right") - 1
                factors[..., place] = np.where(known >= 0, widths[:, np.maximum(known, 0)], 1.0)
        factors = factors[..., nearest_tracked(steps)]
        middle = quantiles[..., MIDDLE, None]
        distance = quantiles - middle
        scaled = distance * np.where(distance < 0, factors[0][..., None], factors[1][..., None])
        return np.maximum(middle + scaled, 0.0)

    def _widths(self, bank: Bank, quantiles: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the factors (2, entries) for the errors up to each entry, from quantiles (entries, levels)."""
        actual = coming(bank.counts, targets)
        middle = quantiles[:, MIDDLE]
        factors = []
        for edge, sign in ((LOW, -1.0), (HIGH, 1.0)):
            distance = sign * (quantiles[:, edge] - middle)
            with np.errstate(divide="ignore", invalid="ignore"):
                error = np.where(distance > 0, sign * (actual - middle) / distance, CERTAIN * (actual != middle))
            error[np.isnan(actual)] = np.nan
            rolling = pd.Series(error).rolling(self._window, min_periods=LEAST_ERRORS).quantile(0.9).to_numpy()
            ratio = np.where(np.isfinite(rolling), np.maximum(rolling, 0.0), 1.0)
            factors.append(np.clip(ratio**WIDTH_POWER, LEAST_WIDTH, MOST_WIDTH))
        return np.stack(factors)


def keeps_untrained(bank: Bank, quantiles: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """Return whether a forecast (n, h) is of silence, where heads would only lift the low quantiles off 0."""
    return quantiles[..., HIGH] <= SILENT_SHARE * bank.scale[origins][:, None]


def _plain(state: AdaptiveState, origins: np.ndarray, step: int) -> np.ndarray:
    """Return the adaptive quantiles (1, n, levels)."""
    mean, spread, shape = state.step(origins, step)
    return np.maximum(mean[:, None] + spread[:, None] * shape, 0.0)[None]


def _pinball(bank: Bank, quantiles: np.ndarray, origins: np.ndarray, step: int) -> np.ndarray:
    """Return the pinball loss over the mean of a day (members, n) of quantiles (members, n, levels); NaN if unknown."""
    over = coming(bank.counts, origins + step)[:, None] - quantiles[..., NINE]
    loss = np.mean(np.maximum(_LEVELS * over, (_LEVELS - 1.0) * over), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bank.scale[origins] > 0, loss / bank.scale[origins], np.nan)


def _decayed(losses: np.ndarray, half_life: float) -> np.ndarray:
    return decayed_means(losses, (half_life,))[:, 0] if losses.shape[1] else losses
