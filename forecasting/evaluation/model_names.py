"""Names of models and percentages as people read them."""

from __future__ import annotations

from forecasting.timeseries.formatting import percent

LABELS = {
    "auto": "the default model",
    "adaptive": "the adaptive model",
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
    "auto": "Auto",
    "adaptive": "Adaptive",
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


MEMBERS = {
    "recent": "regression on the last week",
    "long": "regression on two months",
    "root": "smoothing of square roots",
    "fast": "regression on the last bins",
    "levels": "regression on levels",
    "week": "usual week",
    "day": "usual day",
    "quick": "last bins",
    "residual_heads": "trained quantiles of errors",
    "direct_heads": "trained quantiles of counts",
}
"""The members of the default model as people read them."""


def member_name(member: str) -> str:
    """Return a member's name as people read it; that of a model, or its own, if it has no other."""
    return MEMBERS.get(member) or NAMES.get(member, member)


def display_name(model: str) -> str:
    """Return a model's name for headings and tables; its registered name if it has no other."""
    return NAMES.get(model, model)


def name_in_text(model: str) -> str:
    """Return a model's name within a sentence; its registered name if it has no other."""
    return LABELS.get(model, model)


def capitalized(text: str) -> str:
    """Return the text with its first letter, which may follow a quotation mark, in upper case."""
    first = 1 if text.startswith("'") else 0
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]


def short_percent(share: float) -> str:
    """Return a share as a percentage of two digits, whole from 10 % on: `2.3 %`, `14 %`, `109 %`."""
    return percent(share, 3 if abs(share) >= 0.995 else 2)
