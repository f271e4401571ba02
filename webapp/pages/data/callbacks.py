"""The callbacks of the page: the table, and those of its sections."""

from __future__ import annotations

import time

from dash import Dash, Input, Output

from forecasting.settings import Settings
from webapp.pages.data import details, name_dialogs, nasa_http, synthetic, table
from webapp.pages.data.change_signal import CHANGED
from webapp.pages.data.files import upload
from webapp.pages.data.requests import KEYS, NAME
from webapp.ui import address
from webapp.ui.components.notices import shown_in_place
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """Register the page's callbacks."""

    @app.callback(Output("data-content", "children"), view_input(NAME), Input(CHANGED, "data"))
    @shown_in_place
    def draw(data, _changed):
        view = address.of_store(data, KEYS)
        return table.section(view.dataset, int(time.time()), settings)

    name_dialogs.register(app, settings)
    details.register(app, settings)
    upload.register(app)
    nasa_http.register(app, settings)
    synthetic.register(app, KEYS)
