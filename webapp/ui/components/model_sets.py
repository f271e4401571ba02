"""The name of a model set on a page: a link to its card."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from forecasting.model_sets.inventory import broken_sets
from webapp.app.context import context
from webapp.ui.components.notices import notices

CARDS = "/model-cards"
"""The page of the cards; `/models` is the API."""


def damage_notices() -> Component:
    """Return a warning for each model set that is damaged and therefore left out."""
    broken = broken_sets(context().settings)
    return notices(list(broken.values())) if broken else html.Div()


def set_link(model_set: str, text: str | None = None, *, base: str = CARDS) -> dcc.Link:
    """Return a link to the card of a set; `base` is the address of the page with everything else that it shows."""
    query = urlencode({"model_set": model_set})
    address = f"{base}{'&' if '?' in base else '?'}{query}"
    return dcc.Link(text or model_set, href=address, title=f"Model card of {model_set}")
