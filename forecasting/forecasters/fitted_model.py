"""A forecaster ready for use: fitted, with its calibration and its card entry, or one that needs neither."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import NotReady
from forecasting.forecasters.base import (
    QUANTILES,
    DistributionForecaster,
    Forecaster,
    MemberWeight,
    StepForecasts,
    has_distribution,
)
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.card_entry import TrainingSpan
from forecasting.forecasters.event_effects import EventEffects, Moved
from forecasting.forecasters.interval_adaptation import adapted_width
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series


@dataclass(frozen=True, eq=False)
class FittedModel:
    """One forecaster of one timeframe, from a set or, without training, from none.

    Either it has a `calibration`, or its `forecaster` has a distribution of its own. `model_set` and `entry`, its entry
    in the card, are None if nothing was trained. `day_hashes` are those of the series it was trained on
    (`Series.day_hashes`). With `before_training`, forecasts from origins in the training bins are made by that one,
    which was not trained: so they are out of sample. `notes` are warnings about the choice of this model, such as a
    model set that is damaged and was left out.
    """

    model_set: str | None
    timeframe: str
    forecaster: Forecaster
    calibration: Calibration | None
    entry: TrainingSpan | None
    day_hashes: dict[str, str]
    before_training: DistributionForecaster | None = None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The registered name of the model."""
        return self.forecaster.name

    @property
    def always_out_of_sample(self) -> bool:
        """Whether forecasts from any origin are out of sample, those in the training bins included."""
        return self.entry is None or self.before_training is not None

    def knows(self, hashes: dict[str, str]) -> bool:
        """Return whether the model was trained on the series with these `Series.day_hashes`: any day is equal."""
        return shares_a_day(hashes, self.day_hashes)

    def trained_entry(self) -> TrainingSpan:
        """Return the entry in the card; raises NotReady for a model that was not trained."""
        if self.entry is None:
            raise NotReady(f"{self.name} was not trained, so it has no model card.")
        return self.entry

    def training_end(self, series: Series) -> int:
        """Return the position of the first bin of a series after the training bins, inside the series or not."""
        return series.position(moment_of(self.trained_entry()["trained_until"], series.time_zone))

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return mean requests per bin (n, h) for `steps` (h,) from every origin (n,)."""
        if self.calibration is None:
            return self.means_and_spread(series, origins, steps)[0]
        means = self.forecaster.means(series, origins, steps)
        if moved := _moved(series, origins, steps):
            usual = self.forecaster.means(moved.normal, origins[moved.rows], steps)
            means[moved.rows] = np.where(moved.inside, usual * moved.factor, means[moved.rows])
        return means

    def forecasts(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """Return means, spread and quantiles for `steps` (h,) from every origin (n,); see `quantiles`."""
        if self.calibration is None:
            return self._own(series, origins, steps)
        means, spread = self.means_and_spread(series, origins, steps)
        return StepForecasts(means, spread, self.quantiles(series, origins, means, steps))

    def means_and_spread(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the means and the scale of their errors, each (n, h) in requests per bin."""
        if self.calibration is None:
            own = self._own(series, origins, steps)
            return own.means, own.spread
        means = self.means(series, origins, steps)
        return means, self.spread(series, origins, means, steps)

    def spread(self, series: Series, origins: np.ndarray, means: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the scale of the errors (n, h) of forecasts with `means` (n, h), in requests per bin."""
        calibration = self.calibration
        if calibration is None:
            return self._own(series, origins, steps).spread
        spread = calibration.spread(means, calibration.dispersion(series, origins), steps)
        if moved := _moved(series, origins, steps):
            rows, phi = moved.rows, calibration.dispersion(moved.normal, origins[moved.rows])
            usual = calibration.spread(moved.usual(means[rows]), phi, steps)
            spread[rows] = np.where(moved.inside, moved.spread(means[rows], usual), spread[rows])
        return spread

    def quantiles(
        self, series: Series, origins: np.ndarray, means: np.ndarray, steps: np.ndarray, *, follows: bool = True
    ) -> np.ndarray:
        """Return quantiles (n, h, levels) of forecasts with `means` (n, h) from `origins` (n,) for `steps` (h,).

        With a calibration their widths, with `follows`, adapt to the model's errors on the day before each origin,
        which is only valid if the model was not trained on that day. A distribution of its own always adapts.
        """
        calibration = self.calibration
        if calibration is None:
            return self._own(series, origins, steps).quantiles
        width = adapted_width(self.forecaster, calibration, series, origins, steps) if follows else None
        quantiles = calibration.quantiles(means, calibration.dispersion(series, origins), steps, width)
        if moved := _moved(series, origins, steps):
            rows, phi = moved.rows, calibration.dispersion(moved.normal, origins[moved.rows])
            usual, width = moved.usual(means[rows]), None if width is None else width[:, rows]
            around, spread = calibration.quantiles(usual, phi, steps, width), calibration.spread(usual, phi, steps)
            inside = moved.inside[..., None]
            quantiles[rows] = np.where(inside, moved.quantiles(means[rows], spread, usual, around), quantiles[rows])
        return quantiles

    def usual_errors(self, series: Series, origins: np.ndarray, step: int) -> np.ndarray:
        """Return the quantiles (levels,) that the model expects of its errors over their spread, at one step.

        They are the calibration's; those of a distribution of its own are averaged over the origins (n,).
        """
        if self.calibration is not None:
            knots = self.calibration.knots
            return np.array([np.interp(step, knots, column) for column in self.calibration.offsets.T])
        own = self._own(series, origins, np.array([step]))
        known = own.spread > 0
        if not known.any():
            return np.zeros(len(QUANTILES))
        return ((own.quantiles - own.means[:, :, None])[known] / own.spread[known][:, None]).mean(axis=0)

    def members(self, series: Series, origin: int, steps: np.ndarray) -> tuple[MemberWeight, ...]:
        """Return the weights of the members at one origin, the largest first; empty for a model that has none."""
        own = self._at(series, origin)
        members = () if own is None else own.members(series, origin, steps)
        return tuple(sorted(members, key=lambda member: -member.weight))

    def member_weights(
        self, series: Series, origins: np.ndarray, steps: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names (k,) of the members and their weights (n, k) from rising origins (n,), averaged over steps.

        A member that does not forecast from an origin has the weight 0 there; a model without members has none.
        """
        parts = [
            (chosen, *forecaster.member_weights(series, origins[chosen], steps))
            for chosen, forecaster in self._by_origin(series, origins)
        ]
        names = tuple(dict.fromkeys(name for _, own, _ in parts for name in own))
        weights = np.zeros((len(origins), len(names)))
        for chosen, own, values in parts:
            columns = np.array([names.index(name) for name in own], dtype=np.int64)
            weights[np.flatnonzero(chosen)[:, None], columns] = values
        return names, weights

    def warnings(self, series: Series, origin: int) -> tuple[str, ...]:
        """Return what a reader of the forecast from one origin should know."""
        own = self._at(series, origin)
        unlearned = EventEffects.of(series).unlearned(origin) if series.events else ()
        events = (
            f"Event {title!r} has no factor, and none could be learned from the past; it changes no forecast."
            for title in unlearned
        )
        return *self.notes, *(() if own is None else own.warnings(series, origin)), *events

    def _own(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """Return the forecasts of a forecaster with its own distribution."""
        made = self._without_events(series, origins, steps)
        moved = _moved(series, origins, steps)
        if moved is None:
            return made
        rows, inside = moved.rows, moved.inside
        usual = self._without_events(moved.normal, origins[rows], steps)
        means = usual.means * moved.factor
        spread, quantiles = (
            moved.spread(means, usual.spread),
            moved.quantiles(means, usual.spread, usual.means, usual.quantiles),
        )
        # What a forecaster returned may lie in its cache
        parts = made.means.copy(), made.spread.copy(), made.quantiles.copy()
        for part, values in zip(parts, (means, spread, quantiles), strict=True):
            part[rows] = np.where(inside if part.ndim == 2 else inside[..., None], values, part[rows])
        return StepForecasts(*parts)

    def _without_events(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """Return the forecasts of a series as if it had no events."""
        parts = [
            (chosen, forecaster.forecasts(series, origins[chosen], steps))
            for chosen, forecaster in self._by_origin(series, origins)
        ]
        if len(parts) == 1:
            return parts[0][1]
        shape = len(origins), len(steps)
        made = StepForecasts(np.empty(shape), np.empty(shape), np.empty((*shape, len(QUANTILES))))
        for chosen, part in parts:
            for field in ("means", "spread", "quantiles"):
                getattr(made, field)[chosen] = getattr(part, field)
        return made

    def _at(self, series: Series, origin: int) -> DistributionForecaster | None:
        """Return the forecaster with its own distribution that forecasts from an origin."""
        return next((forecaster for _, forecaster in self._by_origin(series, np.array([origin]))), None)

    def _by_origin(self, series: Series, origins: np.ndarray) -> list[tuple[np.ndarray, DistributionForecaster]]:
        """Return which origins (a mask (n,)) each forecaster with its own distribution forecasts from."""
        if not has_distribution(self.forecaster):
            return []
        if self.before_training is None:
            return [(np.ones(len(origins), bool), self.forecaster)]
        # The last training bin is the first origin after which nothing was trained on
        after = origins >= self.training_end(series) - 1
        parts = (after, self.forecaster), (~after, self.before_training)
        return [part for part in parts if part[0].any()] or [(after, self.forecaster)]


def _moved(series: Series, origins: np.ndarray, steps: np.ndarray) -> Moved | None:
    """Return the targets that known events of a series move; None if there are none."""
    return EventEffects.of(series).at(origins, steps) if series.events else None


def shares_a_day(hashes: dict[str, str], known: dict[str, str]) -> bool:
    """Return whether any day has the same fingerprint (`Series.day_hashes`) in both."""
    return any(known.get(day) == digest for day, digest in hashes.items())
