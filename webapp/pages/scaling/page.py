"""Scaling: how many replicas, when, and why?"""

from __future__ import annotations

from webapp.pages.scaling.callbacks import register
from webapp.pages.scaling.layout import content
from webapp.pages.scaling.requests import KEYS, NAME
from webapp.ui.page import Page

PAGE = Page(
    name=NAME,
    path="/scaling",
    title="Scaling",
    icon="hdd-stack",
    keys=KEYS,
    content=content,
    register=register,
)
