"""How a model set is named on a page: as a link to its card."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc

CARDS = "/model-cards"
"""The page of the cards; `/models` is what programs ask."""


def set_link(model_set: str, text: str | None = None, *, base: str = CARDS) -> dcc.Link:
    """A set's name, or a text, that leads to its card; `base` is the page's address with what else is shown."""
    query = urlencode({"model_set": model_set})
    address = f"{base}{'&' if '?' in base else '?'}{query}"
    return dcc.Link(text or model_set, href=address, title=f"Model card of {model_set}")
