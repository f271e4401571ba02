"""The callbacks of the page: its jobs, which sections show something else, and those of each section."""

from __future__ import annotations

from dash import Dash

from forecasting.settings import Settings
from webapp.pages.forecasts import explanation, outlook, sections, set_comparison, track_record, training, trust
from webapp.pages.forecasts.requests import BOARD, COMPARING, NAME, TRAINING, TRUSTING
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""
    for job in (BOARD, TRUSTING, TRAINING, COMPARING):
        job.register(app)
    sections.register(app, view_input(NAME))
    for part in (outlook, track_record, trust, explanation, training, set_comparison):
        part.register(app)
