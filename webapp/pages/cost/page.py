"""Cost: is it worth it?"""

from __future__ import annotations

from webapp.pages.cost.callbacks import register
from webapp.pages.cost.layout import content
from webapp.pages.cost.requests import KEYS, NAME
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path="/cost",
    title="Cost",
    icon="cash-coin",
    keys=KEYS,
    content=content,
    register=register,
)
