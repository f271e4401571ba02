"""The weights of the adaptive forecast and of the heads, and the width of their average, from losses up to the origin.

Losses and errors are tracked at three steps, from origins a few minutes apart. Before the end of training the heads
have seen the targets, so there they count as the adaptive loss times their `rho`.
"""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.heads.member_quantiles import HEAD_SETS, MEMBERS, NINE, member_quantiles
from forecasting.forecasters.adaptive.heads.quantile_heads import QuantileHeads
from forecasting.forecasters.adaptive.state import AdaptiveState, split
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.interval_adaptation import TRACKED_STEPS, nearest_tracked, strided_origins
from forecasting.forecasters.nan_filters import coming
from forecasting.forecasters.running_filters import RunningMeans
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
    an entry is known. With `earlier`, the track of the first bins of the series, only new targets are compared.
    """

    _cut: int
    _next: int
    _length: int
    _pending: tuple[np.ndarray, np.ndarray]
    _means: list[RunningMeans]
    _lately: RunningMeans
    _targets: list[np.ndarray]
    _losses: list[np.ndarray]
    _shocks: np.ndarray
    _errors: list[np.ndarray]
    _error_targets: list[np.ndarray]
    _widths: list[np.ndarray]

    def __init__(
        self,
        state: AdaptiveState,
        heads: dict[str, QuantileHeads],
        rho: dict[str, float],
        cut: int,
        earlier: HeadTrack | None = None,
    ):
        bank = state.bank
        stride = max(1, round(STRIDE_SECONDS / bank.series.bin_seconds))
        self._window = round(max(bank.lengths.day, WIDTH_BINS) / stride)
        if earlier is None or earlier._cut != cut:
            self._begin(state, rho, cut, stride)
        else:
            vars(self).update(vars(earlier))
            self._means, self._lately = copy.deepcopy((earlier._means, earlier._lately))
        new = strided_origins(bank.series, stride, self._next, len(bank.counts) - 1)
        made = [member_quantiles(state, heads, part, TRACKED_STEPS)[0] for part in split(new)]
        late = np.concatenate([self._pending[1], *made], axis=1)
        after = np.concatenate([self._pending[0], new])
        begin, self._next, self._length = self._length, max(self._next, len(bank.counts) - 1), len(bank.counts)
        over = [(begin <= after + step) & (after + step < self._length) for step in TRACKED_STEPS.tolist()]
        losses = [
            _pinball(bank, late[:, mine, place], after[mine], step)
            for place, (step, mine) in enumerate(zip(TRACKED_STEPS.tolist(), over, strict=True))
        ]
        self._add([after[mine] for mine in over], losses)
        self._widths = [
            self._widened_by(bank, late[:, mine, place], after[mine], place) for place, mine in enumerate(over)
        ]
        waits = after + int(TRACKED_STEPS.max()) >= self._length
        self._pending = after[waits], late[:, waits]

    def _begin(self, state: AdaptiveState, rho: dict[str, float], cut: int, stride: int) -> None:
        """Begin with the losses before the end of training."""
        bank = state.bank
        half_life = max(bank.lengths.day, LOSS_BINS) / stride
        empty = np.empty((len(MEMBERS), 0))
        self._cut, self._next, self._length = cut, max(cut - 1, 0), 0
        self._pending = np.empty(0, np.int64), np.empty((len(MEMBERS), 0, len(TRACKED_STEPS), len(QUANTILES)))
        self._means, self._lately = [RunningMeans((half_life,)) for _ in TRACKED_STEPS], RunningMeans((SHOCK_ENTRIES,))
        self._targets, self._losses = [np.empty(0, np.int64) for _ in TRACKED_STEPS], [empty for _ in TRACKED_STEPS]
        self._shocks = empty
        self._errors = [np.empty((2, 0)) for _ in TRACKED_STEPS]
        self._error_targets, self._widths = list(self._targets), list(self._errors)
        before = strided_origins(bank.series, stride, max(0, cut - round(MEMORY * half_life * stride)), max(cut - 1, 0))
        share = np.array([1.0, *(rho[name] for name in HEAD_SETS)])[:, None]
        early = [before[before + step < cut] for step in TRACKED_STEPS.tolist()]
        losses = [
            share * _pinball(bank, _plain(state, origins, step), origins, step)
            for origins, step in zip(early, TRACKED_STEPS.tolist(), strict=True)
        ]
        self._add(early, losses)

    def _add(self, origins: list[np.ndarray], losses: list[np.ndarray]) -> None:
        """Add losses (members, entries) of forecasts from origins (entries,), by tracked step."""
        for place, (new, step) in enumerate(zip(losses, TRACKED_STEPS.tolist(), strict=True)):
            if not new.shape[1]:
                continue
            means = self._means[place].extend(new)[:, 0]
            if place == 0:
                lately = self._lately.extend(new)[:, 0] / means
                self._shocks = np.concatenate([self._shocks, lately / lately[:1]], axis=1)
            self._targets = _with(self._targets, place, origins[place] + step)
            self._losses = _with(self._losses, place, means)

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
        for place, (targets, widths) in enumerate(zip(self._error_targets, self._widths, strict=True)):
            if len(targets):
                known = np.searchsorted(targets, origins, side="right") - 1
                factors[..., place] = np.where(known >= 0, widths[:, np.maximum(known, 0)], 1.0)
        factors = factors[..., nearest_tracked(steps)]
        middle = quantiles[..., MIDDLE, None]
        distance = quantiles - middle
        scaled = distance * np.where(distance < 0, factors[0][..., None], factors[1][..., None])
        return np.maximum(middle + scaled, 0.0)

    def _widened_by(self, bank: Bank, late: np.ndarray, origins: np.ndarray, place: int) -> np.ndarray:
        """Return the factors (2, entries) for the errors up to each entry of a tracked step.

        The new ones are of quantiles (members, k, levels) from origins (k,).
        """
        if not len(origins):
            return self._widths[place]
        targets = origins + int(TRACKED_STEPS[place])
        weights = self.weights(origins, TRACKED_STEPS[place : place + 1])
        kept = keeps_untrained(bank, late[0][:, None], origins)
        quantiles = np.where(kept, late[0], (weights * late).sum(axis=0))
        self._error_targets = _with(self._error_targets, place, targets)
        self._errors = _with(self._errors, place, _standardised(coming(bank.counts, targets), quantiles))
        errors = self._errors[place][:, -(self._window + len(origins)) :]
        factors = []
        for error in errors:
            rolling = pd.Series(error).rolling(self._window, min_periods=LEAST_ERRORS).quantile(0.9).to_numpy()
            rolling = rolling[-len(origins) :]
            ratio = np.where(np.isfinite(rolling), np.maximum(rolling, 0.0), 1.0)
            factors.append(np.clip(ratio**WIDTH_POWER, LEAST_WIDTH, MOST_WIDTH))
        return np.concatenate([self._widths[place], np.stack(factors)], axis=1)


def _with(rows: list[np.ndarray], place: int, new: np.ndarray) -> list[np.ndarray]:
    """Return a list with values joined to one of its arrays; the arrays of an earlier track stay as they are."""
    return [np.concatenate([row, new], axis=-1) if at == place else row for at, row in enumerate(rows)]


def _standardised(actual: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Return errors below and above the median (2, n) over the width of quantiles (n, levels) on that side."""
    middle, errors = quantiles[:, MIDDLE], []
    for edge, sign in ((LOW, -1.0), (HIGH, 1.0)):
        distance = sign * (quantiles[:, edge] - middle)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(distance > 0, sign * (actual - middle) / distance, CERTAIN * (actual != middle))
        errors.append(np.where(np.isnan(actual), np.nan, error))
    return np.stack(errors)


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
