"""The requests of the page: its address keys, and the card, bin and step of a view."""

from __future__ import annotations

from forecasting.evaluation import ALL_STEPS, LOSSES
from forecasting.evaluation.cards.model_cards import ModelCard, model_card
from forecasting.evaluation.ranking.leaderboard import METRIC
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.model_sets.loading import set_names
from forecasting.model_sets.names import SHIPPED
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.app.context import context
from webapp.ui.address import Key, View, one_of, whole

NAME = "model-cards"


def _set_name(text: str) -> str:
    names = set_names(context().settings)
    if text not in names:
        raise ValueError(f"must be one of {', '.join(names) or 'none'}")
    return text


def _bin(text: str) -> str:
    bin_seconds_of(text)
    return text


def _step(text: str) -> object:
    return ALL_STEPS if text == ALL_STEPS else whole(1, MAX_HORIZON)(text)


KEYS = (
    Key("model_set", _set_name, SHIPPED),
    Key("bin", _bin),
    Key("step", _step, ALL_STEPS),
    Key("metric", one_of(*LOSSES), METRIC),
)
"""`bin` is the timeframe of the scores; None means that of the data set if the model set has it."""


def card_of_view(view: View) -> ModelCard:
    """Return the card of a view; raises NotFound if there is none, NotReady if it cannot be read."""
    return model_card(view["model_set"], context().settings)


def bin_of(view: View, card: ModelCard) -> str:
    """Return the timeframe of the scores."""
    preferred = (view["bin"], view.timeframe)
    return next((name for name in preferred if name in card.timeframes), card.timeframes[0])


def step_of(view: View, card: ModelCard) -> str | int:
    """Return the step of the scores: that of the view if the card has it, else all pooled."""
    return view["step"] if view["step"] in card.steps(bin_of(view, card)) else ALL_STEPS
