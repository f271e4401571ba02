"""A key figure: its name, its value, and a note on what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from dash import html
from dash.development.base_component import Component

Text: TypeAlias = str | Component | Sequence[str | Component]


def kpi(name: Text, value: str, note: Text) -> Component:
    """Return a tile with a key figure."""
    parts = (name, "kpi-name"), (value, "kpi-value"), (note, "kpi-note")
    return html.Div([html.Div(text, className=style) for text, style in parts], className="kpi")
