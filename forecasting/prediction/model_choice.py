"""The choice of the model and set for a series, and the checks that every forecast passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasting import model_sets
from forecasting.errors import HistoryTooShort, InputError
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.registry import UNTRAINED, WITHOUT_SET, checked_model
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series


def whole_number(value: Any, field: str, most: int) -> int:
    """Return the value as int; raises InputError unless it is an integer from 1 to `most`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
        raise InputError(f"{field} must be an integer from 1 to {most} (got {value!r}).", field=field)
    return int(value)


def chosen(series: Series, model: str, model_set: str | None, settings: Settings) -> tuple[FittedModel, int]:
    """Return the fitted model for a series in its own timeframe, and how many of its bins are training bins.

    Raises InputError for an unknown model, NotFound for a set that does not exist.
    """
    fitted, own = _chosen(series, checked_model(model), model_set, settings)
    return fitted, _training_bins(series, fitted) if own else 0


def _chosen(series: Series, model: str, model_set: str | None, settings: Settings) -> tuple[FittedModel, bool]:
    """Return the fitted model, and whether it was trained on this very series.

    A model that needs no set uses one only if it was trained on this series. A damaged set is left out, and the model
    has a note of that; raises DamagedModelSet if it was named, or if the shipped set is damaged.
    """
    if model in WITHOUT_SET:
        return _without_need(series, model, model_set, settings)
    hashes = series.day_hashes()
    if model_set is not None:
        fitted = model_sets.fitted(model_set, series.timeframe, model, settings)
        return fitted, fitted.knows(hashes)
    own, defects = model_sets.model_trained_on(hashes, series.timeframe, model, settings)
    if own is None:
        own = model_sets.fitted(model_sets.SHIPPED, series.timeframe, model, settings)
    return model_sets.noted(own, _left_out(defects, own)), own.knows(hashes)


def _without_need(series: Series, model: str, model_set: str | None, settings: Settings) -> tuple[FittedModel, bool]:
    """Return a model that needs no set: from the given set or the default one, if it was trained on this series."""
    untrained = model_sets.without_set(model, series.timeframe)
    if model_set is not None:
        card = model_sets.card_of(model_set, settings)
        if model == UNTRAINED or model not in card["models"].get(series.timeframe, {}):
            return untrained, False
        fitted = model_sets.fitted(model_set, series.timeframe, model, settings)
        return (fitted, True) if fitted.knows(series.day_hashes()) else (untrained, False)
    if model == UNTRAINED:
        return untrained, False
    hashes = series.day_hashes()
    own, defects = model_sets.model_trained_on(hashes, series.timeframe, model, settings)
    fitted = own or untrained
    return model_sets.noted(fitted, _left_out(defects, fitted)), own is not None


def _left_out(defects: tuple[str, ...], used: FittedModel) -> tuple[str, ...]:
    """Return the warnings that damaged sets were left out in favour of another model."""
    instead = "no trained model" if used.model_set is None else f"model set {used.model_set!r}"
    return tuple(f"{defect} It was left out, and {instead} was used." for defect in defects)


def _training_bins(series: Series, fitted: FittedModel) -> int:
    """Return the number of bins of the series that the model was trained on."""
    return int(np.clip(fitted.training_end(series), 0, len(series)))


def origin_position(series: Series, origin: int | None) -> int:
    """Return the position of the bin that contains `origin` (absolute seconds), the last one by default.

    Raises InputError if it lies outside the series, HistoryTooShort if no bin up to it is known.
    """
    position = len(series) - 1 if origin is None else series.position(origin)
    if origin is not None and not 0 <= position < len(series):
        first, last = (wall_text(s, series.time_zone) for s in (series.start, series.end - series.bin_seconds))
        raise InputError(
            f"origin must be a time from {first} to {last} (got {wall_text(origin, series.time_zone)}).", field="origin"
        )
    if not np.isfinite(series.requests_count[: position + 1]).any():
        raise HistoryTooShort("data must have a known value to forecast from (every y is null).", field="data")
    return position


def all_trained_on(series: Series, fitted: FittedModel, advice: str) -> HistoryTooShort:
    """Return the error that a model was trained on every bin of a series, so that no evaluation days are left."""
    until = fitted.trained_entry()["trained_until"]
    return HistoryTooShort(
        f"Model set {fitted.model_set!r} was trained on all of {series.name!r} (until {until}), so no evaluation days "
        f"are left. Train with an earlier `until`, or {advice}.",
        field="start",
    )


def zero_shot(fitted: FittedModel) -> tuple[str, ...]:
    """Return the warning that a model was trained on another series; none for one that needs no training."""
    if fitted.model_set is None:
        return ()
    return (
        f"Zero-shot: model set {fitted.model_set!r} was not trained on this series. Train a set on it to "
        "capture its daily and weekly patterns.",
    )
