"""The callback of the page, which draws the scores."""

from __future__ import annotations

from dash import Dash, Output

from forecasting.settings import Settings
from webapp.pages.model_cards.requests import KEYS, NAME, card_of_view
from webapp.pages.model_cards.scores import BODY, render
from webapp.ui import address
from webapp.ui.components.notices import shown_in_place
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """Register the page's callback."""

    @app.callback(Output(BODY, "children"), view_input(NAME))
    @shown_in_place
    def draw(data):
        view = address.of_store(data, KEYS)
        return render(view, card_of_view(view))
