"""`auto`: `adaptive` with quantile heads that were trained on the series, where their own losses earn them weight.

Two sets of heads see the same rows. The residual heads learn the distribution of the adaptive mean's errors, which were
all made before their targets and so are out of sample; the direct heads learn the count over a fast level, which
follows bursts that a regression cannot. The adaptive forecast and both sets are averaged quantile by quantile, by
their losses so far (`head_mixing.py`). Beyond step 12 the heads have no vote.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster, around
from forecasting.forecasters.adaptive.experts import EXPERTS, NEAR
from forecasting.forecasters.adaptive.heads.head_mixing import HIGH, LOW, HeadTrack, keeps_untrained
from forecasting.forecasters.adaptive.heads.head_training import train_heads
from forecasting.forecasters.adaptive.heads.member_quantiles import HEAD_SETS, member_quantiles
from forecasting.forecasters.adaptive.heads.quantile_heads import QuantileHeads
from forecasting.forecasters.adaptive.state import AdaptiveState, split
from forecasting.forecasters.base import StepForecasts
from forecasting.progress import Progress, silent
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

FIT = "auto.json"
NORMAL_WIDTH = 2.0 * 1.2816 * np.sqrt(np.pi / 2)
"""The 80 % interval of a normal error in units of its mean absolute value."""

LEAST_SPREAD = 0.3
"""The spread is at least this share of the adaptive forecast's."""

_TRACKS: Derived[HeadTrack] = Derived(most=2)


class AutoForecaster(AdaptiveForecaster):
    """`auto` in the registry. Without heads it forecasts as `adaptive`.

    `rho` of each set of heads is its loss over the adaptive one's on late training rows; `trained_until` is an absolute
    second, the end of the bins that the heads were fitted to.
    """

    name = "auto"

    def __init__(
        self, heads: dict[str, QuantileHeads] | None = None, rho: dict[str, float] | None = None, trained_until: int = 0
    ):
        self.heads, self.rho, self.trained_until = heads or {}, rho or {}, trained_until

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Train the heads on the bins before `stop_at`; a series without errors to learn from gets none."""
        known = series if stop_at is None else series.slice(0, stop_at)
        self.trained_until = known.end
        self.heads, self.rho = train_heads(known, report)
        return self

    def forecasts(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """See `DistributionForecaster.forecasts`."""
        plain = super().forecasts(series, origins, steps)
        near = np.flatnonzero(steps <= NEAR[-1])
        if not self.heads or not len(near):
            return plain
        done = 0
        for part in split(origins):
            rows = slice(done, done + len(part))
            done += len(part)
            self._trained(series, part, steps[near], near, rows, plain)
        return plain

    def _trained(
        self,
        series: Series,
        origins: np.ndarray,
        steps: np.ndarray,
        near: np.ndarray,
        rows: slice,
        plain: StepForecasts,
    ) -> None:
        """Set the forecasts of some origins (`rows`) at near steps (columns `near`) to the average with the heads."""
        state, track = AdaptiveState.of(series), self._track(series)
        quantiles, means = member_quantiles(state, self.heads, origins, steps)
        weights = track.weights(origins, steps)
        untrained = plain.quantiles[rows][:, near]
        kept = keeps_untrained(state.bank, untrained, origins) | ~np.isfinite(plain.means[rows][:, near])
        mixed = track.widened((weights[..., None] * quantiles).sum(axis=0), origins, steps)
        mean = np.where(kept, plain.means[rows][:, near], (weights * means).sum(axis=0))
        mixed = around(mean, np.where(kept[..., None], untrained, mixed))
        width = (mixed[..., HIGH] - mixed[..., LOW]) / NORMAL_WIDTH
        plain.spread[rows, near] = np.maximum(width, LEAST_SPREAD * plain.spread[rows, near])
        plain.means[rows, near] = mean
        plain.quantiles[rows, near] = mixed

    def _track(self, series: Series) -> HeadTrack:
        """Return the losses of the heads on a series, computed once and cached with it."""
        state, cut = AdaptiveState.of(series), series.position(self.trained_until)
        cut = min(max(cut, 0), len(series))

        def track(earlier: HeadTrack | None) -> HeadTrack:
            return HeadTrack(state, self.heads, self.rho, cut, earlier)

        return _TRACKS.of(series, lambda: state.lineage.follow(self, len(series), track), self)

    def member_weights(
        self, series: Series, origins: np.ndarray, steps: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        """See `DistributionForecaster.member_weights`."""
        names, weights = super().member_weights(series, origins, steps)
        near = steps[steps <= NEAR[-1]]
        if not self.heads or not len(near):
            return names, weights
        share = self._track(series).weights(origins, near).mean(axis=-1)
        return (*EXPERTS, *HEAD_SETS), np.concatenate([weights * share[0][:, None], share[1:].T], axis=1)

    def save(self, folder: Path) -> None:
        """Write the heads as text files and the rest as JSON."""
        for name, heads in self.heads.items():
            heads.save(folder, name)
        facts = {"rho": self.rho, "trained_until": self.trained_until, "heads": list(self.heads)}
        (folder / FIT).write_text(json.dumps(facts))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote."""
        facts = json.loads((folder / FIT).read_text())
        heads = {name: QuantileHeads.load(folder, name) for name in facts["heads"]}
        return cls(heads, {name: float(value) for name, value in facts["rho"].items()}, int(facts["trained_until"]))
