"""Forecasts: what to expect next, and how reliable the forecast is."""

from __future__ import annotations

from webapp.pages.forecasts.callbacks import register
from webapp.pages.forecasts.layout import content
from webapp.pages.forecasts.requests import KEYS, NAME
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path="/forecasts",
    title="Forecasts",
    icon="graph-up",
    keys=KEYS,
    content=content,
    register=register,
)
