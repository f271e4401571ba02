"""The names of the forecasters. A new one is one file and one line here; modules are imported when needed."""

from __future__ import annotations

from importlib import import_module

from forecasting.errors import InputError
from forecasting.forecasters.base import Forecaster

_PLACES = {
    "auto": ("forecasting.forecasters.adaptive.auto_forecaster", "AutoForecaster"),
    "adaptive": ("forecasting.forecasters.adaptive.adaptive_forecaster", "AdaptiveForecaster"),
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

DEFAULT_MODEL = "auto"
"""The default model: members weighted by their recent losses, with trained quantiles if a set was trained on the
series."""

UNTRAINED = "adaptive"
"""The model without training: the part of the default model that every series has."""

MAIN_MODELS = ("auto", "adaptive", "hybrid", "xgboost", "lightgbm", "ensemble")
"""The models that are no simple rules; the others are baselines."""

TRAINABLE_MODELS = tuple(name for name in MAIN_MODELS if name != UNTRAINED)
"""The main models that a set can have."""

TRAINED_BY_DEFAULT = (DEFAULT_MODEL,)
"""The main models of a new set unless others are named: seconds instead of minutes."""

SIMPLE_RULES = ("smoothing", "naive", "seasonal_naive", "seasonal_naive_week")
"""The baselines that every new set has."""

WITHOUT_SET = (DEFAULT_MODEL, UNTRAINED)
"""The models that forecast any series without a set trained on it."""

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
