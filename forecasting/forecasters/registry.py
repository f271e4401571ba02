"""Names of forecasters. A new one is one file and one line here; nothing is imported before it is asked for."""

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
"""The models that are trained; the rest are baselines."""

DEFAULT_MODEL = "ensemble"
"""What forecasts where nothing is said: the best or near it on every series at hand, trained on or not."""

MODEL_NAMES = tuple(_PLACES)


def checked_model(name: str, *, field: str = "model_type") -> str:
    """The name itself; raises InputError listing the names there are."""
    if name not in _PLACES:
        raise InputError(f"{field} is {name!r}; write one of {', '.join(MODEL_NAMES)}.", field=field)
    return name


def forecaster_class(name: str) -> type[Forecaster]:
    """The class behind a name, imported now."""
    module, attribute = _PLACES[checked_model(name)]
    return getattr(import_module(module), attribute)
