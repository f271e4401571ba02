"""Explain a forecast: the factors whose product is the mean of each bin.

The hybrid is a product of such factors. A tree forecaster's mean is the level times the exponential of a sum, to which
each group of features adds its Shapley values: their exponentials are its factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting import prediction
from forecasting.errors import InputError
from forecasting.evaluation.explanation.importance import GROUP_OF, GROUPS
from forecasting.evaluation.model_names import short_percent
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.hybrid.hybrid_forecaster import Baseline, HybridForecaster
from forecasting.forecasters.hybrid.shape import Shape
from forecasting.forecasters.nan_filters import RANGE_BITS
from forecasting.forecasters.trees.features import FeatureBank, Scales
from forecasting.forecasters.trees.tree_forecaster import FIRST, LATER, TreeForecaster
from forecasting.settings import Settings
from forecasting.timeseries.formatting import moment, number
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, MINUTE, WEEK, bin_seconds_of

EXPLAINABLE = ("hybrid", "xgboost", "lightgbm")
"""The models whose forecasts are products of factors."""

TREND, USUAL_DAY, WEEKDAY, CORRECTION = "the trend", "the average day", "the weekday", "the LSTM's correction"
ALL_ROWS = "the same in every forecast"

_NOTABLE = 0.01
"""A factor that changes the forecast by less is not listed by name."""

CURVE_SECONDS = 15 * MINUTE
_WEEK_BEGINS = 4 * DAY  # 1970-01-05 was a Monday
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class ForecastFactors:
    """`level`, in requests per bin, times the `factors` (k, h) by `names` (k,) is the forecast `mean` (h,).

    `ds` (h,) are the left edges of the forecast bins in absolute seconds.
    """

    model: str
    model_set: str | None
    time_zone: str | None
    origin: int
    ds: np.ndarray
    level: float
    names: tuple[str, ...]
    factors: np.ndarray
    mean: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """How much each factor changes the forecast (k, h): the absolute value of its logarithm."""
        return np.abs(np.log(np.maximum(self.factors, _TINY)))

    def sentence(self, column: int) -> str:
        """Return the product that gives the mean of one bin; factors that change it by less than 1 % are summed up."""
        notable = [k for k in np.argsort(-self.weights[:, column], kind="stable") if self._is_notable(k, column)]
        rest = np.delete(self.factors[:, column], notable).prod()
        parts = [f"× {factor(self.factors[k, column])} ({self.names[k]})" for k in notable]
        parts += [f"× {factor(rest)} (all other factors)"] if len(notable) < len(self.names) else []
        when = moment(int(self.ds[column]), self.time_zone)
        product = f"{number(self.level)} {' '.join(parts)}"
        return f"Starting from the recent level: {product} = {number(self.mean[column])} requests on {when}."

    def _is_notable(self, k: int, column: int) -> bool:
        return abs(self.factors[k, column] - 1.0) >= _NOTABLE


@dataclass(frozen=True, eq=False)
class ShapeCurves:
    """The hybrid's shape as factors of the level, each around its own mean.

    `day` (96,) by wall seconds from midnight, `weekday` (672,) by wall seconds from Monday midnight: that day relative
    to the average day. `trend` (n,) by wall seconds `trend_seconds` (n,) of the series, 1 at its end. `confirmed` (0-1)
    is the share of the shape that recent history supports, which is the share the forecast uses.
    """

    day_seconds: np.ndarray
    day: np.ndarray
    week_seconds: np.ndarray
    weekday: np.ndarray
    trend_seconds: np.ndarray
    trend: np.ndarray
    confirmed: float

    @property
    def sentence(self) -> str:
        """The extremes of the average day, and how much of the shape the forecast uses."""
        peak, quiet = int(np.argmax(self.day)), int(np.argmin(self.day))
        minutes = (int(self.day_seconds[at]) // MINUTE for at in (peak, quiet))
        high, low = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in minutes)
        return (
            f"An average day is highest at {high} ({factor(self.day[peak])} times its mean) and lowest at {low} "
            f"({factor(self.day[quiet])}). Recent history supports {short_percent(self.confirmed)} of this daily and "
            "weekly pattern; the forecast uses that share."
        )


def factor(value: float) -> str:
    """Return a factor as text: `1.08`."""
    return f"{value:.2f}"


def forecast_factors(
    series: Series,
    *,
    model: str,
    horizon: int,
    origin: int | None = None,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> ForecastFactors:
    """Return the factors of the forecast from the bin that holds `origin` (absolute seconds, default the last bin).

    Raises InputError for values out of range and for a simple rule, which has no factors, NotFound for an unknown set.
    """
    settings = settings or Settings.from_environment()
    steps = np.arange(1, prediction.whole_number(horizon, "horizon", MAX_HORIZON) + 1)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    fitted, _ = prediction.chosen(series, model, model_set, settings)
    position = prediction.origin_position(series, origin)
    forecaster = fitted.forecaster
    if isinstance(forecaster, HybridForecaster):
        level, parts = _hybrid(forecaster, series, position, steps)
    elif isinstance(forecaster, TreeForecaster):
        level, parts = _trees(forecaster, series, position, steps)
    else:
        raise InputError(f"model must be one of {', '.join(EXPLAINABLE)} (got {model!r}).", field="model")
    at = series.start + position * series.bin_seconds
    return ForecastFactors(
        model=model,
        model_set=fitted.model_set,
        time_zone=series.time_zone,
        origin=at,
        ds=at + steps * series.bin_seconds,
        level=level,
        names=tuple(parts),
        factors=np.exp(np.array(list(parts.values()))),
        mean=forecaster.means(series, np.array([position]), steps)[0],
    )


def shape_curves(
    series: Series,
    *,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> ShapeCurves:
    """Return the hybrid's daily, weekly and trend curves, and the share that the series supports.

    Raises NotFound if no set has a hybrid for the timeframe.
    """
    settings = settings or Settings.from_environment()
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    shape = _hybrid_shape(series, model_set, settings)
    week = np.arange(0, WEEK, CURVE_SECONDS)
    day = np.arange(0, DAY, CURVE_SECONDS)
    usual, weekday = day_and_week(shape, _WEEK_BEGINS + week)
    trend_at = np.linspace(series.wall[0], series.wall[-1], 200).astype(np.int64)
    trend = shape.trend(trend_at)
    return ShapeCurves(
        day_seconds=day,
        day=np.exp(usual[: len(day)] - usual.mean()),
        week_seconds=week,
        weekday=np.exp(weekday),
        trend_seconds=trend_at,
        trend=np.exp(trend - trend[-1]),
        confirmed=float(Baseline.of(series, shape).trust[-1]),
    )


def day_and_week(shape: Shape, wall: np.ndarray) -> np.ndarray:
    """Return the seasons of a shape (2, n) at wall seconds: the average day, and what the day of the week adds to it.

    Prophet's weekly part contains some of the daily pattern, because its seventh harmonic is a daily wave.
    """
    on_every_day = np.stack([shape.seasonal(wall + k * DAY).sum(axis=0) for k in range(7)])
    usual = on_every_day.mean(axis=0)
    return np.stack([usual, on_every_day[0] - usual])


def _hybrid_shape(series: Series, model_set: str | None, settings: Settings) -> Shape:
    forecaster = prediction.chosen(series, "hybrid", model_set, settings)[0].forecaster
    if not isinstance(forecaster, HybridForecaster):
        raise TypeError(f"The model registered as 'hybrid' is a {type(forecaster).__name__}.")
    return _fitted_shape(forecaster)


def _fitted_shape(forecaster: HybridForecaster) -> Shape:
    if forecaster.shape is None:
        raise TypeError("The hybrid has not been fitted.")
    return forecaster.shape


def _hybrid(
    forecaster: HybridForecaster, series: Series, origin: int, steps: np.ndarray
) -> tuple[float, dict[str, np.ndarray]]:
    """Return the level and the logarithms of the factors (h,) of a hybrid's forecast."""
    origins, shape = np.array([origin]), _fitted_shape(forecaster)
    level, base, correction = forecaster.parts(series, origins, steps)
    ends = series.wall[-1] + series.bin_seconds * np.arange(1, MAX_HORIZON + 1)
    target = np.r_[series.wall, ends][origin + steps]
    changes = _parts(shape, target) - _recent_parts(shape, series, origin)[:, None]
    changes *= Baseline.of(series, shape).trust[origin]
    # The baseline bounds its change, and has none without recent counts; scale all parts in proportion.
    total, sum_of_parts = np.log(base[0]), changes.sum(axis=0)
    split = np.isfinite(sum_of_parts) & (np.abs(sum_of_parts) > _TINY)
    changes = np.where(np.isfinite(changes), changes, 0.0)
    changes *= np.divide(total, sum_of_parts, out=np.ones(len(steps)), where=split)
    names = (TREND, USUAL_DAY, WEEKDAY)
    parts = dict(zip(names, changes, strict=True))
    return float(level[0, 0]), {**parts, CORRECTION: forecaster.applied(steps) * correction[0]}


def _parts(shape: Shape, wall: np.ndarray) -> np.ndarray:
    """Return trend, average day and weekday (3, n) of the logarithm at wall seconds."""
    return np.vstack([shape.trend(wall), day_and_week(shape, wall)])


def _recent_parts(shape: Shape, series: Series, origin: int) -> np.ndarray:
    """Return the parts (3,) that the level already contains: their decayed mean over known bins up to the origin."""
    half_life = Scales.of(series.bin_seconds).level
    recent = np.arange(max(0, origin + 1 - int(2 * RANGE_BITS * half_life)), origin + 1)
    weight = np.where(np.isnan(series.requests_count[recent]), 0.0, 0.5 ** ((origin - recent) / half_life))
    if not weight.any():
        return np.full(3, np.nan)
    return _parts(shape, series.wall[recent]) @ weight / weight.sum()


def _trees(
    forecaster: TreeForecaster, series: Series, origin: int, steps: np.ndarray
) -> tuple[float, dict[str, np.ndarray]]:
    """Return the level and the logarithms of the factors (h,) of a tree forecaster's forecast.

    The libraries round contributions; the remainder is added to the part that every forecast has.
    """
    bank = FeatureBank.of(series)
    rows = bank.rows(np.full(len(steps), origin), steps)
    added = np.concatenate(
        [
            forecaster.contributions(part, rows[mine])
            for part, mine in ((FIRST, slice(0, 1)), (LATER, slice(1, None)))
            if len(rows[mine])
        ]
    )
    grouped = np.stack([added[:, :-1][:, k == GROUP_OF].sum(axis=1, dtype=np.float64) for k in range(len(GROUPS))])
    level = float(bank.level[origin])
    mean = forecaster.means(series, np.array([origin]), steps)[0]
    return level, {ALL_ROWS: np.log(mean / level) - grouped.sum(axis=0), **dict(zip(GROUPS, grouped, strict=True))}
