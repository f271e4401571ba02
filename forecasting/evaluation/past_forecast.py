"""What a model would have said at any moment of the past, over what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting import prediction
from forecasting.evaluation.model_names import rough
from forecasting.evaluation.next_hour import NextHour, bins_an_hour, next_hour
from forecasting.evaluation.ranking.entrants import entrant_of
from forecasting.forecasters.base import MAX_HORIZON, Forecast
from forecasting.hindcasts.source import Source
from forecasting.settings import Settings
from forecasting.timeseries.formatting import duration, moment, whole
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

BANDS = (0.5, 0.8, 0.95)
"""The central intervals that are drawn; their edges are among the quantiles that every forecast carries."""


@dataclass(frozen=True, eq=False)
class PastForecast:
    """A forecast made at one origin, with what came as `actual` (h,), NaN where unknown or yet to come.

    `in_sample` says that the model has learnt from bins after this origin, which flatters it. `hour` is None where
    the bins make no hour. `first_origin`, `last_origin` and `learnt_until` (None for an unseen series) are absolute
    seconds: where an origin may lie, and the first bin that the model has not learnt from. `unknown_bins` are those up
    to the origin of which nothing is known, one after the other.
    """

    forecast: Forecast
    actual: np.ndarray
    in_sample: bool
    hour: NextHour | None
    first_origin: int
    last_origin: int
    learnt_until: int | None
    unknown_bins: int

    @property
    def is_latest(self) -> bool:
        """Whether nothing of the series comes after the origin."""
        return self.forecast.origin == self.last_origin

    @property
    def errors(self) -> np.ndarray:
        """Forecast less what came (h,)."""
        return self.forecast.yhat - self.actual

    def band(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """The edges (h,) of the central interval that should hold `share` of what comes.

        Raises InputError where it reaches beyond the quantiles that are forecast.
        """
        return self.forecast.quantile((1 - share) / 2), self.forecast.quantile((1 + share) / 2)

    def inside(self, share: float) -> np.ndarray:
        """Whether each bin came within that interval (h,); False where it is not known."""
        low, high = self.band(share)
        return (self.actual >= low) & (self.actual <= high)

    def share_inside(self, share: float) -> float | None:
        """The share of the known bins that came within that interval; None where none is known."""
        known = np.isfinite(self.actual)
        return float(self.inside(share)[known].mean()) if known.any() else None

    @property
    def mean_absolute_error(self) -> float | None:
        """Over the known bins, in requests per bin; None where none is known."""
        return float(np.nanmean(np.abs(self.errors))) if np.isfinite(self.actual).any() else None

    @property
    def sentence(self) -> str:
        """What the next hour brings (the next bin where bins make no hour), in words, and what it brought."""
        zone, begins = self.forecast.time_zone, int(self.forecast.ds[0])
        if self.hour is None:
            low, high = self.band(0.8)
            span, mean = f"bin of {self.forecast.timeframe}", self.forecast.yhat[0]
            low, high, actual, direction = low[0], high[0], self.actual[0], None
        else:
            span, mean, low, high = "hour", self.hour.mean, self.hour.low, self.hour.high
            actual, direction = self.hour.actual, self.hour.direction
        when = f"In the next {span}" if self.is_latest else f"In the {span} from {moment(begins, zone)}"
        interval = "" if low is None else f" (80 %: {whole(low)} to {whole(high)})"
        came = "" if actual is None or np.isnan(actual) else f"; {whole(actual)} came"
        return f"{when}: {whole(mean)} requests{interval}{f', {direction}' if direction else ''}{came}."

    @property
    def unknown(self) -> str | None:
        """That nothing was known just before the origin, in words; None where its bin is known."""
        if not self.unknown_bins:
            return None
        length = duration(self.unknown_bins * self.forecast.bin_seconds)
        return f"The last {length} before this moment are unknown: the forecast rests on what came before them."

    @property
    def outcome(self) -> str | None:
        """How the forecast turned out, in words; None while nothing of what it is about is known."""
        if self.mean_absolute_error is None:
            return None
        known, within = int(np.isfinite(self.actual).sum()), rough(self.share_inside(0.8))
        off = whole(self.mean_absolute_error) if self.mean_absolute_error >= 100 else f"{self.mean_absolute_error:.3g}"
        flattered = " The model had learnt from these days: this is no test of it." if self.in_sample else ""
        return f"Off by {off} requests a bin on average; {within} of {known} bins within the 80 % band.{flattered}"


def as_of(
    series: Series,
    *,
    model: str,
    horizon: int,
    origin: int | None = None,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> PastForecast:
    """What `model` says about the `horizon` bins after the one that holds `origin`: absolute seconds, default the last.

    Nothing after the origin enters the forecast. Where it lies in the model set's validation days the forecast is the
    one stored before the model learnt from them, if that reaches so far; before them it is in sample. Raises
    InputError for values out of range, NotFound for a set that does not exist, HistoryTooShort where no bin up to the
    origin is known.
    """
    settings = settings or Settings.from_environment()
    prediction.whole_number(horizon, "horizon", MAX_HORIZON)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    source = entrant_of(series, model, model_set, settings).source
    position = prediction.origin_position(series, origin)
    length = bins_an_hour(series) or 0
    means, in_sample = _means(source, position, max(horizon, length))
    warnings = () if source.seen else (prediction.zero_shot(source.fitted),)
    # Of days that the model has learnt its errors say nothing
    follows = position >= source.seen
    forecast = prediction.forecast_of(series, source.fitted, position, means[:horizon], warnings, follows=follows)
    return PastForecast(
        forecast=forecast,
        actual=_coming(series, position, horizon),
        in_sample=in_sample,
        hour=next_hour(source, position, means[:length]) if length else None,
        first_origin=series.start + int(np.argmax(np.isfinite(series.requests_count))) * series.bin_seconds,
        last_origin=series.end - series.bin_seconds,
        learnt_until=series.start + source.seen * series.bin_seconds if source.seen else None,
        unknown_bins=int(np.argmax(np.isfinite(series.requests_count[position::-1]))),
    )


def _means(source: Source, position: int, horizon: int) -> tuple[np.ndarray, bool]:
    """Means (h,) from a bin, and whether the model had learnt from bins after it."""
    origin, steps = np.array([position]), np.arange(1, horizon + 1)
    learnt = position < source.seen - 1
    if learnt and position >= source.stored_from and horizon <= source.stored_steps[-1]:
        return source.means(origin, steps)[0], False
    return source.fitted.forecaster.means(source.series, origin, steps)[0], learnt


def _coming(series: Series, position: int, horizon: int) -> np.ndarray:
    coming = np.full(horizon, np.nan)
    there = series.requests_count[position + 1 : position + 1 + horizon]
    coming[: len(there)] = there
    return coming
