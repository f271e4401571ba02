"""Forecasts of a series, and backtests of one model on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.backtest import backtest as run_backtest
from forecasting.forecasters.base import MAX_HORIZON, QUANTILES, Forecast
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.registry import DEFAULT_MODEL, checked_model
from forecasting.prediction.model_choice import (
    _chosen,
    _training_bins,
    all_trained_on,
    origin_position,
    whole_number,
    zero_shot,
)
from forecasting.progress import Progress
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of


def predict(
    series: Series,
    *,
    model: str = DEFAULT_MODEL,
    horizon: int,
    timeframe: str | None = None,
    model_set: str | None = None,
    origin: int | None = None,
    settings: Settings | None = None,
) -> Forecast:
    """Forecast the `horizon` bins after the last one, or after the bin that holds `origin` (absolute seconds).

    The series is first resampled to `timeframe`. Without `model_set` the series' own set is used, else the shipped one;
    the forecast names it, and has a warning if that set was not trained on this series. `auto` uses a set only if it
    was trained on this series; `adaptive` uses none. Raises InputError for values out of range, NotFound for a set that
    does not exist, HistoryTooShort if no bin is known.
    """
    settings = settings or Settings.from_environment()
    checked_model(model)
    whole_number(horizon, "horizon", MAX_HORIZON)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    last = origin_position(series, origin)
    fitted, own = _chosen(series.slice(0, last + 1), model, model_set, settings)
    if fitted.calibration is not None:
        # Its calibration looks at the whole series that it is given; the others forecast from any origin as they are
        series = series.slice(0, last + 1)
    made = fitted.forecasts(series, np.array([last]), np.arange(1, horizon + 1))
    warnings = () if own else zero_shot(fitted)
    return forecast_of(series, fitted, last, made.means[0], made.quantiles[0], warnings)


def forecast_of(
    series: Series,
    fitted: FittedModel,
    origin: int,
    means: np.ndarray,
    quantiles: np.ndarray,
    warnings: tuple[str, ...] = (),
) -> Forecast:
    """Return the forecast with `means` (h,) and `quantiles` (h, levels) for the bins after position `origin`."""
    steps = np.arange(1, len(means) + 1)
    at = series.start + origin * series.bin_seconds
    return Forecast(
        model=fitted.name,
        bin_seconds=series.bin_seconds,
        origin=at,
        ds=at + steps * series.bin_seconds,
        yhat=means,
        levels=QUANTILES,
        quantiles=quantiles,
        time_zone=series.time_zone,
        model_set=fitted.model_set,
        warnings=(*warnings, *fitted.warnings(series, origin)),
        members=fitted.members(series, origin, steps),
    )


def backtest(
    series: Series,
    *,
    model: str = DEFAULT_MODEL,
    timeframe: str | None = None,
    model_set: str | None = None,
    start: int | None = None,
    end: int | None = None,
    steps: Sequence[int] = tuple(range(1, 13)),
    stride: int = 1,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Rolling-origin backtest of one frozen model over the targets in [start, end) (absolute seconds).

    `start` defaults to the end of the training bins for a set trained on this very series, else to one day after the
    first bin. Targets in the training bins are marked (`Backtest.in_sample`) and cause a warning. Raises as `predict`.
    """
    settings = settings or Settings.from_environment()
    checked_model(model)
    numbers = sorted({whole_number(step, "steps", MAX_HORIZON) for step in steps})
    whole_number(stride, "stride", 1_000_000)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    fitted, own = _chosen(series, model, model_set, settings)
    trained = _training_bins(series, fitted) if own else 0
    first = (trained or min(series.bins_per_day, len(series) // 2)) if start is None else series.first_from(start)
    if start is None and trained >= len(series):
        raise all_trained_on(series, fitted, "set `start` for in-sample scores")
    run = run_backtest(
        series,
        fitted,
        first_target=max(first, 1),
        end_target=len(series) if end is None else min(series.first_from(end), len(series)),
        steps=np.array(numbers),
        stride=stride,
        in_sample_until=trained,
        progress=progress,
    )
    return replace(run, warnings=tuple(_warnings(run, own)))


def _warnings(run: Backtest, own: bool) -> list[str]:
    fitted = run.model
    warnings = [*fitted.notes, *(() if own else zero_shot(fitted))]
    if run.reaches_training and fitted.always_out_of_sample:
        warnings.append(
            f"Forecasts from before {fitted.trained_entry()['trained_until']}, the end of the training data of model "
            f"set {fitted.model_set!r}, are made without its trained part, so they are out of sample."
        )
    elif run.in_sample:
        warnings.append(
            f"In-sample: model set {fitted.model_set!r} was trained on this series until "
            f"{fitted.trained_entry()['trained_until']}, so these scores are not a test of it."
        )
    return warnings
