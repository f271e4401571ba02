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

    A model that needs no set uses one only if it was trained on this series.
    """
    if model in WITHOUT_SET:
        fitted = _trained_on(series, model, model_set, settings)
        return (model_sets.without_set(model, series.timeframe), False) if fitted is None else (fitted, True)
    hashes = series.day_hashes()
    name = model_set or model_sets.set_for(hashes, series.timeframe, model, settings)
    fitted = model_sets.fitted(name, series.timeframe, model, settings)
    return fitted, fitted.knows(hashes)


def _trained_on(series: Series, model: str, model_set: str | None, settings: Settings) -> FittedModel | None:
    """Return the model from the given set or the default one; None if it has none that was trained on this series."""
    if model_set is not None:
        model_sets.folder_of(model_set, settings)
    if model == UNTRAINED:
        return None
    hashes = series.day_hashes()
    name = model_set or (model_sets.set_for(hashes, series.timeframe, model, settings) if hashes else None)
    if name is None or not model_sets.has_model(name, series.timeframe, model, settings):
        return None
    fitted = model_sets.fitted(name, series.timeframe, model, settings)
    return fitted if fitted.knows(hashes) else None


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
