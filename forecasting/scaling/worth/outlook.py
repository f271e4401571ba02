"""What the expected-worth rule knows of a span: distributions of every coming step, by the model and a simple one.

One outlook serves the days before a trace, on which shadow runs choose the price to start at, and the trace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.hindcasts.residual_points import WEIGHTS
from forecasting.hindcasts.simple_source import SimpleSource
from forecasting.hindcasts.step_forecasts import StepForecasts, StepSource, rule_steps, step_forecasts_of
from forecasting.scaling.config.limits import MAX_REPLICAS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import Buying
from forecasting.scaling.kernels.worth import bands_of_forecasts

PRICES = np.geomspace(1.3, 1e6, 70)
"""What an unmet request may be worth, in units of what serving it at full capacity costs: steps of 1.217."""

MOST_LIMITS = 4
"""Replicas are weighed up to this many times `max_replicas`, so that a shortfall is noticed."""

SURPRISE_SHARE = 0.99
"""The one-step quantile above which a bin is a surprise."""


@dataclass(frozen=True, eq=False)
class Bands:
    """Replicas below which a launch pays and above which keeping does not: int16 (bins, prices) from bin `first` on.

    `guard` (bins,) is the guard that is active, a code of the bindings, or 0.
    """

    first: int
    prices: np.ndarray
    out: np.ndarray
    keep: np.ndarray
    guard: np.ndarray

    def of(self, first: int, end: int) -> Bands:
        """Return the bands of the bins first..end-1."""
        mine = slice(first - self.first, end - self.first)
        return Bands(first, self.prices, self.out[mine], self.keep[mine], self.guard[mine])


@dataclass(frozen=True, eq=False)
class Outlook:
    """Forecasts of the bins first..end-1 of a source's series, and the bands that follow from them for a service.

    `forecast_error`: what if forecasts from the bin `wrong_from` on were too high by this share.
    """

    source: StepSource
    service: ScaledService
    slo: Objective
    first: int
    end: int
    forecast_error: float = 0.0
    wrong_from: int = 0
    _bands: dict[tuple[float, ...], Bands] = field(default_factory=dict, init=False, repr=False)
    _guarded: dict[int, Bands] = field(default_factory=dict, init=False, repr=False)

    @property
    def lead(self) -> int:
        """Steps after which a replica ordered now is ready."""
        return self.service.boot_steps(self.source.series.bin_seconds) + 1

    @property
    def launch(self) -> float:
        """The price of a launch, in steps of a replica."""
        step = self.source.series.bin_seconds
        price = self.service.price_per_step(step)
        paid = self.service.launch_cost / price if price > 0 else 0.0
        return paid + (self.service.boot_steps(step) if self.service.bill_booting else 0)

    @property
    def length(self) -> int:
        """Steps to look ahead: the lead time, and once more as far if that is long; further if launches are dear."""
        extra = self.launch - self.service.boot_steps(self.source.series.bin_seconds)
        usual = self.lead if self.lead <= 2 else 2 * self.lead
        return min(usual + max(0, int(np.ceil(min(extra, MAX_HORIZON)))), MAX_HORIZON)

    @cached_property
    def model(self) -> StepForecasts:
        """The model's forecasts, as the what-if has them."""
        made = step_forecasts_of(self.source, self.first, self.end, rule_steps(self.length))
        made = made.scaled(self.service.demand_multiplier)
        return made.mistaken(self.forecast_error, self.wrong_from) if self.forecast_error else made

    @cached_property
    def simple(self) -> StepForecasts:
        """The forecasts of exponential smoothing."""
        source = SimpleSource(self.source.series)
        made = step_forecasts_of(source, self.first, self.end, rule_steps(self.length))
        return made.scaled(self.service.demand_multiplier)

    def bands(self, simple_share: float, prices: np.ndarray = PRICES) -> Bands:
        """Return the bands of every bin, for the model's expected worth with this share of the simple forecast's."""
        key = (simple_share, *prices.tolist())
        if key not in self._bands:
            parts = [self.model] if simple_share < 1.0 else []
            parts += [self.simple] if simple_share > 0.0 else []
            shares = [1.0] if len(parts) == 1 else [1.0 - simple_share, simple_share]
            no_guard = np.zeros(self.end - self.first, np.int8)
            self._bands[key] = Bands(self.first, prices, *self._computed(parts, shares, prices), no_guard)
        return self._bands[key]

    def guarded(self, bands: Bands, guard: Callable[[Outlook, Bands], Bands]) -> Bands:
        """Return bands of this outlook with the guards, applied once."""
        if id(bands) not in self._guarded:
            self._guarded[id(bands)] = guard(self, bands)
        return self._guarded[id(bands)]

    def simple_bands(self, bins: np.ndarray, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (out, keep) of the simple forecast at some bins only."""
        chosen = self.simple.at(bins)
        return self._computed([chosen], [1.0], prices)

    @cached_property
    def surprises(self) -> np.ndarray:
        """Whether each bin (bins,) was above the quantile of it that was forecast one bin before."""
        counts = self.source.series.requests_count[self.first : self.end] * self.service.demand_multiplier
        high = self.model.quantile(0, SURPRISE_SHARE)
        return np.r_[False, counts[1:] > high[:-1]]

    def _computed(
        self, parts: Sequence[StepForecasts], shares: Sequence[float], prices: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        every = np.arange(1, self.length + 1)
        known = parts[0].steps
        knot_of = np.abs(known[None, :] - every[:, None]).argmin(axis=1)
        return bands_of_forecasts(
            np.stack([_at_every(part.mean, known, every) for part in parts]),
            np.stack([_at_every(part.scale, known, every) for part in parts]),
            np.stack([part.pool_of for part in parts]),
            _stacked([part.points for part in parts]),
            _stacked([part.added for part in parts]),
            _stacked([part.mixed for part in parts]),
            knot_of,
            WEIGHTS,
            np.array(shares),
            np.ascontiguousarray(prices),
            Buying(
                self.service.usable_per_step(self.source.series.bin_seconds),
                min(MOST_LIMITS * self.service.max_replicas, MAX_REPLICAS),
                float(self.launch),
                self.lead,
                self.slo.limits_requests,
            ),
        )


def _at_every(values: np.ndarray, known: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Return values (n, h) at every step, interpolated between the known ones."""
    if len(known) == len(every):
        return np.ascontiguousarray(values)
    right = np.clip(np.searchsorted(known, every), 1, len(known) - 1)
    share = (every - known[right - 1]) / (known[right] - known[right - 1])
    return np.ascontiguousarray(values[:, right - 1] * (1.0 - share) + values[:, right] * share)


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """Return arrays stacked, those with fewer rows filled up with zeros."""
    rows = max(len(array) for array in arrays)
    return np.stack([np.concatenate([array, np.zeros((rows - len(array), *array.shape[1:]))]) for array in arrays])
