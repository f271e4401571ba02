"""The service layer: what pages, REST and command line all call, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecasting import model_sets as sets
from forecasting.backtest import Backtest
from forecasting.backtest import backtest as run_backtest
from forecasting.clock import moment_of, wall_text
from forecasting.errors import HistoryTooShort, InputError, NotFound
from forecasting.forecasters.base import MAX_HORIZON, QUANTILES, Forecast
from forecasting.forecasters.registry import checked_model
from forecasting.series import Series
from forecasting.settings import Settings
from forecasting.timeframes import API_TIMEFRAMES, bin_seconds_of
from forecasting.transforms import resample

MAX_BLOCK = 50
"""The longest block of `block_backtest`, in bins."""


def predict(
    series: Series,
    *,
    model: str,
    horizon: int,
    timeframe: str | None = None,
    model_set: str | None = None,
    origin: int | None = None,
    settings: Settings | None = None,
) -> Forecast:
    """Forecast the `horizon` bins after the last one, or after the bin that holds `origin` (absolute seconds).

    The series is first summed to `timeframe`. Without `model_set` the series' own set is used, else the shipped one;
    the forecast says which, and warns where that set never saw this series. Raises InputError for values out of
    range, NotFound for a set that does not exist, HistoryTooShort where no bin is known.
    """
    settings = settings or Settings.from_environment()
    checked_model(model)
    whole_number(horizon, "horizon", MAX_HORIZON)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    series = series.slice(0, origin_position(series, origin) + 1)
    fitted, own = _chosen(series, model, model_set, settings)
    last, steps = np.array([len(series) - 1]), np.arange(1, horizon + 1)
    means = fitted.forecaster.means(series, last, steps)[0]
    return forecast_of(series, fitted, len(series) - 1, means, () if own else (zero_shot(fitted),))


def forecast_of(
    series: Series,
    fitted: sets.FittedModel,
    origin: int,
    means: np.ndarray,
    warnings: tuple[str, ...] = (),
    *,
    follows: bool = True,
) -> Forecast:
    """The forecast with `means` (h,) of the bins after the one at position `origin`, and the model's quantiles.

    `follows`: see `FittedModel.quantiles`.
    """
    steps = np.arange(1, len(means) + 1)
    at = series.start + origin * series.bin_seconds
    return Forecast(
        model=fitted.forecaster.name,
        bin_seconds=series.bin_seconds,
        origin=at,
        ds=at + steps * series.bin_seconds,
        yhat=means,
        levels=QUANTILES,
        quantiles=fitted.quantiles(series, np.array([origin]), means[None], steps, follows=follows)[0],
        time_zone=series.time_zone,
        model_set=fitted.model_set,
        warnings=warnings,
    )


def backtest(
    series: Series,
    *,
    model: str,
    timeframe: str | None = None,
    model_set: str | None = None,
    start: int | None = None,
    end: int | None = None,
    steps: Sequence[int] = tuple(range(1, 13)),
    stride: int = 1,
    settings: Settings | None = None,
    progress: Callable[[float], None] | None = None,
) -> Backtest:
    """Rolling-origin backtest of one frozen model over the targets in [start, end) (absolute seconds).

    `start` defaults to just after the training bins of a set trained on this very series, else to one day after the
    first bin. Targets that were trained on are marked (`Backtest.in_sample`) and warned of. Raises as `predict`.
    """
    settings = settings or Settings.from_environment()
    checked_model(model)
    numbers = sorted({whole_number(step, "steps", MAX_HORIZON) for step in steps})
    whole_number(stride, "stride", 1_000_000)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    fitted, own = _chosen(series, model, model_set, settings)
    seen = _seen(series, fitted) if own else 0
    first = (seen or min(series.bins_per_day, len(series) // 2)) if start is None else _bin_at(series, start)
    if start is None and seen >= len(series):
        raise HistoryTooShort(
            f"Model set {fitted.model_set!r} was trained on all of {series.name!r} (until "
            f"{fitted.entry['trained_until']}): nothing is left to test on. Train with an earlier `until`, or give a "
            "`start` to see in-sample figures.",
            field="start",
        )
    run = run_backtest(
        series,
        fitted,
        first_target=max(first, 1),
        end_target=len(series) if end is None else min(_bin_at(series, end), len(series)),
        steps=np.array(numbers),
        stride=stride,
        in_sample_until=seen,
        progress=progress,
    )
    return replace(run, warnings=tuple(_warnings(run, fitted, own)))


@dataclass(frozen=True)
class BlockBacktest:
    """Consecutive blocks forecast one after the other: `rows` has each target once, with what came as `y`."""

    model_set: str
    rows: list[dict[str, Any]]
    seconds: np.ndarray
    metrics: dict[str, float | int | None]
    warnings: tuple[str, ...]


def block_backtest(
    series: Series,
    *,
    step: int,
    model: str,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> BlockBacktest:
    """Forecast the next `step` bins, move on by `step`, until the series ends.

    The first block begins after one day of bins, or after half of the series where that is shorter.
    """
    whole_number(step, "step", MAX_BLOCK)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    if len(series) < 2:
        raise HistoryTooShort(
            "A backtest needs at least 2 points: one to forecast from and one to compare.", field="data"
        )
    warm_up = max(1, min(series.bins_per_day, len(series) // 2))
    run = backtest(
        series,
        model=model,
        model_set=model_set,
        start=series.start + warm_up * series.bin_seconds,
        steps=range(1, step + 1),
        stride=1,
        settings=settings,
    )
    block = replace(run, means=np.where(_block_pairs(run, warm_up, step), run.means, np.nan))
    frame = block.frame()
    order = np.argsort(frame["ds"].to_numpy(), kind="stable")
    frame = frame.iloc[order].rename(columns={"q10": "yhat_lower", "q90": "yhat_upper"})
    rows = frame[["ds", "yhat", "yhat_lower", "yhat_upper", "y"]].to_dict("records")
    seconds = series.start + series.bin_seconds * np.arange(warm_up, warm_up + len(rows))
    note = f"The first {warm_up} bins are history only: {len(rows)} targets were forecast, each once."
    metrics = {key: value for key, value in block.scores()[-1].items() if key not in ("model", "timeframe", "step")}
    return BlockBacktest(block.model.model_set, rows, seconds, metrics, (*run.warnings, note))


def _block_pairs(run: Backtest, warm_up: int, step: int) -> np.ndarray:
    return ((run.origins + 1 - warm_up) % step == 0)[:, None] & (run.origins + 1 >= warm_up)[:, None]


def metrics(
    model: str, timeframe: str, model_set: str | None = None, settings: Settings | None = None
) -> dict[str, Any]:
    """A set's stored scores: pooled over steps 1-12, with the period and `by_step`.

    Raises InputError for an unknown model or a timeframe outside the API's, NotFound where the set has no such scores.
    """
    checked_model(model)
    if timeframe not in API_TIMEFRAMES:
        raise InputError(f"timeframe is {timeframe!r}; write one of {', '.join(API_TIMEFRAMES)}.", field="timeframe")
    settings = settings or Settings.from_environment()
    name = model_set or sets.SHIPPED
    entry = sets.entry_of(name, timeframe, model, settings)
    if not entry.get("metrics"):
        raise NotFound(f"Model set {name!r} has no metrics of {model} at {timeframe}.")
    by_step = {str(row["step"]): {k: v for k, v in row.items() if k != "step"} for row in entry["metrics"]}
    pooled = by_step.pop("all")
    period = {key: entry[key] for key in ("metrics_on", "metrics_from", "metrics_until", "trained_until")}
    return {**pooled, "steps": "1-12", **period, "model_set": name, "by_step": by_step}


def model_sets(settings: Settings | None = None) -> list[dict[str, Any]]:
    """One dict a model of every set: model_set, timeframe, model, its entry of the card, its pooled scores."""
    settings = settings or Settings.from_environment()
    return [
        {
            "model_set": name,
            "model": model,
            "timeframe": timeframe,
            **{key: value for key, value in entry.items() if key != "metrics"},
            **{key: entry["metrics"][-1][key] for key in ("rmse", "mae", "smape", "mase", "wql", "coverage_80")},
        }
        for name, card in cards(settings).items()
        for timeframe, entries in card["models"].items()
        for model, entry in entries.items()
    ]


def cards(settings: Settings | None = None) -> dict[str, dict[str, Any]]:
    """The card of every set by name."""
    settings = settings or Settings.from_environment()
    return {name: sets.card_of(name, settings) for name in sets.set_names(settings)}


def whole_number(value: Any, field: str, most: int) -> int:
    """The value itself; raises InputError unless it is a whole number from 1 to `most`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
        raise InputError(f"{field} is {value!r}; write a whole number from 1 to {most}.", field=field)
    return int(value)


def chosen(series: Series, model: str, model_set: str | None, settings: Settings) -> tuple[sets.FittedModel, int]:
    """The fitted model to use for a series in its own timeframe, and how many of its bins were trained on.

    Raises InputError for an unknown model, NotFound for a set that does not exist.
    """
    fitted, own = _chosen(series, checked_model(model), model_set, settings)
    return fitted, _seen(series, fitted) if own else 0


def _chosen(series: Series, model: str, model_set: str | None, settings: Settings) -> tuple[sets.FittedModel, bool]:
    """The fitted model to use, and whether it was trained on this very series."""
    hashes = series.day_hashes()
    name = model_set or sets.set_for(hashes, series.timeframe, model, settings)
    fitted = sets.fitted(name, series.timeframe, model, settings)
    return fitted, fitted.knows(hashes)


def _seen(series: Series, fitted: sets.FittedModel) -> int:
    """Bins of the series that were trained on."""
    until = moment_of(fitted.entry["trained_until"], series.time_zone)
    return int(np.clip(series.position(until), 0, len(series)))


def origin_position(series: Series, origin: int | None) -> int:
    """The bin that holds `origin` (absolute seconds), the last one by default.

    Raises InputError where it lies outside the series, HistoryTooShort where no bin up to it is known.
    """
    position = len(series) - 1 if origin is None else series.position(origin)
    if origin is not None and not 0 <= position < len(series):
        first, last = (wall_text(s, series.time_zone) for s in (series.start, series.end - series.bin_seconds))
        raise InputError(
            f"origin is {wall_text(origin, series.time_zone)}; write a time from {first} to {last}.", field="origin"
        )
    if not np.isfinite(series.requests_count[: position + 1]).any():
        raise HistoryTooShort("There is no known value to forecast from: every y is null.", field="data")
    return position


def _bin_at(series: Series, second: int) -> int:
    """The first bin that begins at or after an absolute second."""
    return -((series.start - second) // series.bin_seconds)


def zero_shot(fitted: sets.FittedModel) -> str:
    """The warning that a model never saw the series."""
    return (
        f"Zero-shot: model set {fitted.model_set!r} was not trained on this series. Train a set on it for forecasts "
        "that know its day and week."
    )


def _warnings(run: Backtest, fitted: sets.FittedModel, own: bool) -> list[str]:
    warnings = [] if own else [zero_shot(fitted)]
    if run.in_sample:
        warnings.append(
            f"In-sample: model set {fitted.model_set!r} was trained on this series until "
            f"{fitted.entry['trained_until']}; these figures are not a test of it."
        )
    return warnings
