"""The interface of every forecaster, and the forecasts that it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, TypeGuard

import numpy as np

from forecasting.errors import InputError
from forecasting.progress import Progress, silent
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import timeframe_of

QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.975, 0.99)
"""The quantile levels of every forecast."""

MAX_HORIZON = 100
"""The largest step, in bins."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """The forecast from one origin: means `yhat` (h,) and `quantiles` (h, levels), not negative and not crossing.

    `ds` (h,) are the left edges of the forecast bins in absolute seconds, starting with the bin after the origin.
    `model_set` is None if nothing trained was used; `members` is empty for a model that mixes no others.
    """

    model: str
    bin_seconds: int
    origin: int
    ds: np.ndarray
    yhat: np.ndarray
    levels: tuple[float, ...]
    quantiles: np.ndarray
    time_zone: str | None = None
    model_set: str | None = None
    warnings: tuple[str, ...] = ()
    members: tuple[MemberWeight, ...] = ()

    @property
    def timeframe(self) -> str:
        """The bin's name, such as `5m`."""
        return timeframe_of(self.bin_seconds)

    def quantile(self, level: float) -> np.ndarray:
        """Return one quantile for every step (h,); levels between the stored ones are interpolated.

        Raises InputError outside the stored levels.
        """
        if not self.levels[0] <= level <= self.levels[-1]:
            raise InputError(
                f"quantiles must be from {self.levels[0]} to {self.levels[-1]} (got {level}).", field="quantiles"
            )
        if level in self.levels:
            return self.quantiles[:, self.levels.index(level)]
        return np.array([np.interp(level, self.levels, row) for row in self.quantiles])

    def rows(self, levels: tuple[float, ...] = (), ds: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return one dict per step: ds, yhat, yhat_lower and yhat_upper (80 %), and `q..` for `levels`.

        The interval always contains the mean: that of rare large counts can lie above their 90 % quantile. `ds` (h,)
        are the times as text, by default in wall time.
        """
        extra = {f"q{100 * level:g}": self.quantile(level) for level in levels}
        lower, upper = np.minimum(self.quantile(0.1), self.yhat), np.maximum(self.quantile(0.9), self.yhat)
        columns = {"yhat": self.yhat, "yhat_lower": lower, "yhat_upper": upper, **extra}
        names = ("ds", *columns)
        texts = wall_texts(self.ds, self.time_zone) if ds is None else ds
        cells = zip(texts, *(values.tolist() for values in columns.values()), strict=True)
        return [dict(zip(names, row, strict=True)) for row in cells]


@dataclass(frozen=True, eq=False)
class StepForecasts:
    """Forecasts from origins (n,) at steps (h,): `means` (n, h), `spread` (n, h), `quantiles` (n, h, levels).

    All in requests per bin; `spread` is the usual absolute error, `quantiles` lie at `QUANTILES` and do not cross.
    """

    means: np.ndarray
    spread: np.ndarray
    quantiles: np.ndarray


class MemberWeight(NamedTuple):
    """How much one member counts in a forecast: its name, and its share from 0 to 1."""

    model: str
    weight: float


class Forecaster(Protocol):
    """One model of one timeframe, which forecasts means; calibration turns means into quantiles.

    `fit` freezes the parameters; later calls only read history. A forecast from an origin uses nothing after it, and
    is scale-free: k times the history gives k times the forecast.
    """

    name: str

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Fit to the whole series; forecasters that take long report their progress.

        With `stop_at` (a bin position) the parameters use only the bins before it, and the bins after it determine
        hyperparameters such as the number of rounds; a later `fit` without it reuses those on all bins.
        """
        ...

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return mean requests per bin (n, h) for `steps` (h,) (1-based) from every origin (n,) (bin positions).

        One vectorised pass; not negative; NaN if no bin up to the origin is known.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the files that `load` needs to an existing empty folder, in formats that execute no code when read."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote."""
        ...


class DistributionForecaster(Forecaster, Protocol):
    """A forecaster with a distribution of its own, and members whose weights follow their recent losses.

    It needs no calibration and, without trained parts, no model set. What it derives from a Series is cached with it.
    """

    def forecasts(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """Return means (those of `means`), spread and quantiles for `steps` (h,) from every origin (n,)."""
        ...

    def members(self, series: Series, origin: int, steps: np.ndarray) -> Sequence[MemberWeight]:
        """Return how much each member counts at one origin, averaged over `steps` (h,); the weights sum to 1."""
        ...

    def member_weights(
        self, series: Series, origins: np.ndarray, steps: np.ndarray
    ) -> tuple[Sequence[str], np.ndarray]:
        """Return the members' names (k,) and their weights (n, k) at rising origins (n,), averaged over `steps`."""
        ...

    def warnings(self, series: Series, origin: int) -> Sequence[str]:
        """Return what a reader of the forecast should know: members that dropped out, a suspected outage."""
        ...


def has_distribution(forecaster: Forecaster) -> TypeGuard[DistributionForecaster]:
    """Return whether a forecaster has a distribution of its own, and so no calibration."""
    return hasattr(forecaster, "forecasts")
