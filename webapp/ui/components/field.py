"""Fields of a form: a number, choice or text that sets a key of the address, with its unit, default and help."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.timeseries.formatting import exact
from webapp.ui.page_frame import control_id

SLIDER_STEPS = 100


def number_field(
    key: str,
    label: str | Component,
    value: float | None,
    *,
    unit: str = "",
    why: str = "",
    proposal: float | None = None,
    slider: tuple[float, float] | None = None,
    whole: bool = False,
) -> Component:
    """Return a number field that sets the key `key`; an empty field means `proposal`, which it shows.

    With `slider` (least, most) there is a slider below, which `assets/service_form.js` keeps equal to the number. The
    number may lie outside its range.
    """
    shown = proposal if value is None else value
    box = dbc.Input(
        id=control_id(key),
        type="number",
        value=value,
        placeholder="" if proposal is None else exact(proposal),
        step=1 if whole else "any",
        debounce=True,
        size="sm",
        class_name="field-number",
    )
    parts = [html.Label([html.Span(label, className="field-label"), html.Span([box, html.Span(unit)])])]
    if slider and shown is not None:
        parts.append(_slider(key, label, shown, *slider, whole=whole))
    return html.Div([*parts, html.Small(why, className="field-why")], className="field", **{"data-field": key})


def _slider(key: str, label: str | Component, value: float, least: float, most: float, *, whole: bool) -> Component:
    step = 1 if whole else tidy((most - least) / SLIDER_STEPS)
    slider = dbc.Input(
        id={"type": "slider", "key": key},
        type="range",
        value=value,
        min=least if whole else step * round(least / step),
        max=most,
        step=step,
        class_name="field-slider",
    )
    text = label if isinstance(label, str) else getattr(label, "children", key)
    return html.Label([html.Span(f"Slider: {text}", className="visually-hidden"), slider], className="field-sliding")


def tidy(value: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above a number above 0: a round step."""
    magnitude = 10.0 ** int(f"{value:e}".partition("e")[2])
    return next(factor * magnitude for factor in (5, 2, 1) if factor * magnitude <= value * (1 + 1e-9))


def choice_field(
    key: str, label: str | Component, value: object, options: Mapping[str, str], why: str = ""
) -> Component:
    """Return a choice that sets the key `key`; `options` maps values of the address to what is shown."""
    select = dbc.Select(
        id=control_id(key),
        options=[{"value": name, "label": text} for name, text in options.items()],
        value=value,
        size="sm",
    )
    label = html.Label([html.Span(label, className="field-label"), select])
    return html.Div([label, html.Small(why, className="field-why")], className="field choice", **{"data-field": key})


def text_field(
    key: str, label: str | Component, value: str | None, *, placeholder: str = "", why: str = ""
) -> Component:
    """Return a short text field that sets the key `key`."""
    box = dbc.Input(
        id=control_id(key),
        type="text",
        value=value,
        placeholder=placeholder,
        debounce=True,
        size="sm",
        class_name="field-text",
    )
    label = html.Label([html.Span(label, className="field-label"), box])
    return html.Div([label, html.Small(why, className="field-why")], className="field", **{"data-field": key})
