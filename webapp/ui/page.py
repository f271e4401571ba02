"""What a page is: one frozen value that the menu, the router and the frame read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from forecasting.settings import Settings
from webapp.ui.address import Key, View


@dataclass(frozen=True)
class Page:
    """One page of the application.

    `name` is used in the ids of components, `path` in the address, `title` in the menu and the browser's tab, and
    `icon` is a Bootstrap icon. `keys` are the page's own keys of the address. `content` returns what stands on the
    page from the start, `register` adds its callbacks. A page that does not show a data set has no context bar.
    """

    name: str
    path: str
    title: str
    icon: str
    keys: tuple[Key, ...]
    content: Callable[[View], Component]
    register: Callable[[Dash, Settings], None]
    shows_data: bool = True
