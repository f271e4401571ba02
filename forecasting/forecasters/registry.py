"""The names of the forecasters. A new one is one file and one line here; modules are imported when needed."""

from __future__ import annotations

from importlib import import_module

from forecasting.errors import InputError
from forecasting.forecasters.base import Forecaster

_PLACES = {
    "hybrid": ("forecasting.forecasters.hybrid.hybrid_forecaster", "HybridForecaster"),
    "xgboost": ("forecasting.forecasters.trees.xgboost_trees", "XGBoostForecaster"),
    "lightgbm": ("forecasting.forecasters.trees.lightgbm_trees", "LightGBMForecaster"),
    "ensemble": ("forecasting.forecasters.ensemble", "Ensemble"),
    "seasonal_smoothing": ("forecasting.forecasters.seasonal_smoothing", "SeasonalSmoothing"),
    "smoothing": ("forecasting.forecasters.smoothing", "Smoothing"),
    "naive": ("forecasting.forecasters.baselines", "Naive"),
    "seasonal_naive": ("forecasting.forecasters.baselines", "SeasonalNaive"),
    "seasonal_naive_week": ("forecasting.forecasters.baselines", "SeasonalNaiveWeek"),
}

MAIN_MODELS = ("hybrid", "xgboost", "lightgbm", "ensemble")
"""The trained models; the others are baselines."""

DEFAULT_MODEL = "ensemble"
"""The default model: the best or close to it on every series tested, whether trained on it or not."""

MODEL_NAMES = tuple(_PLACES)


def checked_model(name: str, *, field: str = "model_type") -> str:
    """Return the name; raises InputError with the valid names."""
    if name not in _PLACES:
        raise InputError(f"{field} must be one of {', '.join(MODEL_NAMES)} (got {name!r}).", field=field)
    return name


def forecaster_class(name: str) -> type[Forecaster]:
    """Import and return the class of a name."""
    module, attribute = _PLACES[checked_model(name)]
    return getattr(import_module(module), attribute)
