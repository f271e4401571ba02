"""The callbacks of the page: its jobs, the sections to redraw, and those of each section."""

from __future__ import annotations

from dash import Dash

from forecasting.settings import Settings
from webapp.pages.forecasts import explanation, outlook, reliability, sections, set_comparison, track_record, training
from webapp.pages.forecasts.requests import BOARD, COMPARING, NAME, RELIABILITY, TRAINING
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """Register the page's callbacks."""
    for job in (BOARD, RELIABILITY, TRAINING, COMPARING):
        job.register(app)
    sections.register(app, view_input(NAME))
    for part in (outlook, track_record, reliability, explanation, training, set_comparison):
        part.register(app)
