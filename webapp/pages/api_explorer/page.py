"""API: every call, to try here and to copy into a program."""

from __future__ import annotations

from webapp.pages.api_explorer.callbacks import register
from webapp.pages.api_explorer.layout import content
from webapp.pages.api_explorer.requests import KEYS, NAME, PATH
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path=PATH,
    title="API",
    icon="braces",
    keys=KEYS,
    content=content,
    register=register,
    shows_data=False,
)
