"""Model cards: what a model set was trained on, how accurate it is, and its limits."""

from __future__ import annotations

from webapp.pages.model_cards.callbacks import register
from webapp.pages.model_cards.layout import content
from webapp.pages.model_cards.requests import KEYS, NAME
from webapp.ui.components.model_sets import CARDS
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path=CARDS,
    title="Model cards",
    icon="card-checklist",
    keys=KEYS,
    content=content,
    register=register,
    shows_data=False,
)
