"""The forecast that a model would have made at any past origin, with the actuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting import prediction
from forecasting.evaluation.model_names import short_percent
from forecasting.evaluation.next_hour import NextHour, bins_an_hour, next_hour
from forecasting.evaluation.ranking.entrants import entrant_of
from forecasting.forecasters.base import MAX_HORIZON, Forecast
from forecasting.hindcasts.source import Source
from forecasting.settings import Settings
from forecasting.timeseries.formatting import counted, duration, moment, whole
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

BANDS = (0.5, 0.8, 0.95)
"""The central intervals on charts; their edges are among the quantiles of every forecast."""


@dataclass(frozen=True, eq=False)
class PastForecast:
    """A forecast made at one origin, with the actuals `actual` (h,), NaN if unknown or in the future.

    `in_sample` means that the model was trained on bins after this origin, so the error is too small. `hour` is None if
    an hour is not a whole number of bins. `first_origin`, `last_origin` and `trained_until` are absolute seconds: the
    range of origins, and the first bin after the training data (None for a series the model was not trained on).
    `unknown_bins` is the number of consecutive unknown bins up to the origin.
    """

    forecast: Forecast
    actual: np.ndarray
    in_sample: bool
    hour: NextHour | None
    first_origin: int
    last_origin: int
    trained_until: int | None
    unknown_bins: int

    @property
    def is_latest(self) -> bool:
        """Whether the origin is the last bin of the series."""
        return self.forecast.origin == self.last_origin

    @property
    def errors(self) -> np.ndarray:
        """Forecast minus actual (h,)."""
        return self.forecast.yhat - self.actual

    def band(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges (h,) of the central interval that should cover `share` of the actuals; it contains the mean.

        Raises InputError if it reaches beyond the quantiles of the forecast.
        """
        mean = self.forecast.yhat
        low, high = self.forecast.quantile((1 - share) / 2), self.forecast.quantile((1 + share) / 2)
        return np.minimum(low, mean), np.maximum(high, mean)

    def inside(self, share: float) -> np.ndarray:
        """Return whether each actual lies within that interval (h,); False if it is not known."""
        low, high = self.band(share)
        return (self.actual >= low) & (self.actual <= high)

    def share_inside(self, share: float) -> float | None:
        """Return the share of the known actuals within that interval; None if none is known."""
        known = np.isfinite(self.actual)
        return float(self.inside(share)[known].mean()) if known.any() else None

    @property
    def mean_absolute_error(self) -> float | None:
        """Over the known bins, in requests per bin; None if none is known."""
        return float(np.nanmean(np.abs(self.errors))) if np.isfinite(self.actual).any() else None

    @property
    def sentence(self) -> str:
        """The forecast of the next hour (of the next bin if an hour is not a whole number of bins), with the actual."""
        zone, begins = self.forecast.time_zone, int(self.forecast.ds[0])
        span = f"bin of {self.forecast.timeframe}" if self.hour is None else "hour"
        total = self._first_bin if self.hour is None else self.hour
        when = f"In the next {span}" if self.is_latest else f"In the {span} from {moment(begins, zone)}"
        interval = "" if total.low is None else f" (80 %: {whole(total.low)} to {whole(total.high)})"
        direction = f", {total.direction}" if total.direction else ""
        actual = "" if total.actual is None else f"; actual: {whole(total.actual)}"
        return f"{when}: {whole(total.mean)} requests{interval}{direction}{actual}."

    @property
    def _first_bin(self) -> NextHour:
        (low, *_), (high, *_), actual = *self.band(0.8), float(self.actual[0])
        mean = float(self.forecast.yhat[0])
        return NextHour(mean, float(low), float(high), None, None if np.isnan(actual) else actual)

    @property
    def unknown(self) -> str | None:
        """A remark if the bins just before the origin are unknown; None if the origin's bin is known."""
        if not self.unknown_bins:
            return None
        length = duration(self.unknown_bins * self.forecast.bin_seconds)
        return f"The last {length} before this moment are unknown: the forecast uses only the counts before them."

    @property
    def outcome(self) -> str | None:
        """The error and coverage of the forecast; None until an actual is known."""
        error, coverage = self.mean_absolute_error, self.share_inside(0.8)
        if error is None or coverage is None:
            return None
        known = int(np.isfinite(self.actual).sum())
        off = whole(error) if error >= 100 else f"{error:.3g}"
        caveat = " The model was trained on these days, so this is not a test of it." if self.in_sample else ""
        return (
            f"Mean absolute error {off} requests per bin; the 80 % interval covered {short_percent(coverage)} of "
            f"{counted(known, 'bin')}.{caveat}"
        )


def past_forecast(
    series: Series,
    *,
    model: str,
    horizon: int,
    origin: int | None = None,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> PastForecast:
    """Return the forecast of `model` for the `horizon` bins after `origin` (absolute seconds, default the last bin).

    Nothing after the origin enters the forecast. Within the model set's validation days it is the forecast stored
    before the final training, if that reaches far enough; before those days it is in sample. Raises InputError for
    values out of range, NotFound for an unknown set, HistoryTooShort if no bin up to the origin is known.
    """
    settings = settings or Settings.from_environment()
    prediction.whole_number(horizon, "horizon", MAX_HORIZON)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    source = entrant_of(series, model, model_set, settings).source
    position = prediction.origin_position(series, origin)
    length = bins_an_hour(series) or 0
    means, in_sample = _means(source, position, max(horizon, length))
    warnings = () if source.seen else prediction.zero_shot(source.fitted)
    # In-sample errors say nothing about the width of the intervals
    at, steps, follows = np.array([position]), np.arange(1, horizon + 1), position >= source.seen
    quantiles = source.fitted.quantiles(series, at, means[None, :horizon], steps, follows=follows)[0]
    forecast = prediction.forecast_of(series, source.fitted, position, means[:horizon], quantiles, warnings)
    return PastForecast(
        forecast=forecast,
        actual=_actual_after(series, position, horizon),
        in_sample=in_sample,
        hour=next_hour(source, position, means[:length]) if length else None,
        first_origin=series.start + int(np.argmax(np.isfinite(series.requests_count))) * series.bin_seconds,
        last_origin=series.end - series.bin_seconds,
        trained_until=series.start + source.seen * series.bin_seconds if source.seen else None,
        unknown_bins=int(np.argmax(np.isfinite(series.requests_count[position::-1]))),
    )


def _means(source: Source, position: int, horizon: int) -> tuple[np.ndarray, bool]:
    """Return the means (h,) from a bin, and whether the model was trained on bins after it."""
    origin, steps = np.array([position]), np.arange(1, horizon + 1)
    in_sample, stored_steps = source.needs_stored and position < source.seen - 1, source.stored_steps
    is_stored = len(stored_steps) > 0 and position >= source.stored_from and horizon <= stored_steps[-1]
    if in_sample and is_stored:
        return source.means(origin, steps)[0], False
    return source.fitted.means(source.series, origin, steps)[0], in_sample


def _actual_after(series: Series, position: int, horizon: int) -> np.ndarray:
    actual = np.full(horizon, np.nan)
    known = series.requests_count[position + 1 : position + 1 + horizon]
    actual[: len(known)] = known
    return actual
