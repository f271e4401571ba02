"""Overview: the traffic of a data set, and whether it can be forecast."""

from __future__ import annotations

from webapp.pages.overview.callbacks import register
from webapp.pages.overview.layout import content
from webapp.pages.overview.requests import KEYS, NAME
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path="/",
    title="Overview",
    icon="activity",
    keys=KEYS,
    content=content,
    register=register,
)
