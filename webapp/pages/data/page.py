"""Data: the data sets, and four ways to add one."""

from __future__ import annotations

from webapp.pages.data.callbacks import register
from webapp.pages.data.layout import content
from webapp.pages.data.requests import KEYS, NAME
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path="/data",
    title="Data",
    icon="database",
    keys=KEYS,
    content=content,
    register=register,
    shows_data=False,
)
