"""What models are called where people read about them, and how shares stand in a sentence."""

from __future__ import annotations

from forecasting.timeseries.formatting import percent

LABELS = {
    "hybrid": "the hybrid",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "ensemble": "the ensemble",
    "seasonal_smoothing": "seasonal smoothing",
    "smoothing": "exponential smoothing",
    "naive": "'the last value'",
    "seasonal_naive": "'same time yesterday'",
    "seasonal_naive_week": "'same time last week'",
}


NAMES = {
    "hybrid": "Hybrid",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "ensemble": "Ensemble",
    "seasonal_smoothing": "Seasonal smoothing",
    "smoothing": "Exponential smoothing",
    "naive": "Last value",
    "seasonal_naive": "Same time yesterday",
    "seasonal_naive_week": "Same time last week",
}


def name_of(model: str) -> str:
    """What a model is called where its name stands alone; its registered name where it has no other."""
    return NAMES.get(model, model)


def label_of(model: str) -> str:
    """The model's name within a sentence; its registered name where it has no other."""
    return LABELS.get(model, model)


def sentence(text: str) -> str:
    """The text with its first letter, which may follow a quotation mark, in upper case."""
    first = 1 if text.startswith("'") else 0
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]


def rough(share: float) -> str:
    """A share as a percentage of two digits, in whole per cents from 10 % on: `2.3 %`, `14 %`, `109 %`."""
    return percent(share, 3 if abs(share) >= 0.995 else 2)
