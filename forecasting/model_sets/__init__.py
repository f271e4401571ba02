"""Model sets: folders `<set>/<timeframe>/<model>/` with a card; trained, loaded, written, accepted or discarded."""

from forecasting.model_sets.candidates import accept, discard, remove
from forecasting.model_sets.card import Card, CardData
from forecasting.model_sets.installed import CARD
from forecasting.model_sets.inventory import broken_sets, cards_of
from forecasting.model_sets.loading import (
    ValidationForecasts,
    card_of,
    entry_of,
    fitted,
    has_model,
    model_trained_on,
    noted,
    set_for,
    set_names,
    validation_forecasts,
    without_set,
)
from forecasting.model_sets.names import SHIPPED, base_of, candidate_of, checked_set_name, is_candidate
from forecasting.model_sets.writing import new_set_folder, save_validation

__all__ = [
    "CARD",
    "SHIPPED",
    "Card",
    "CardData",
    "ValidationForecasts",
    "accept",
    "base_of",
    "broken_sets",
    "candidate_of",
    "card_of",
    "cards_of",
    "checked_set_name",
    "discard",
    "entry_of",
    "fitted",
    "has_model",
    "is_candidate",
    "model_trained_on",
    "new_set_folder",
    "noted",
    "remove",
    "save_validation",
    "set_for",
    "set_names",
    "validation_forecasts",
    "without_set",
]
