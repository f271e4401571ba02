"""Colours and templates: a colour means the same thing everywhere, in light and in dark.

Every colour has a role. A figure is drawn with `palette()`, which knows the theme of the requesting browser. When the
theme is switched, the browser replaces each colour by the other colour of the same role, which `roles` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TypedDict, Unpack

from flask import has_request_context, request

from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

LIGHT, DARK = "light", "dark"
COOKIE = "theme"

_ROLES = {
    "ink": ("#1f2933", "#e6e9ee"),
    "muted": ("#5b6673", "#a3adba"),
    "grid": ("#e7eaee", "#2b323b"),
    "paper": ("#ffffff", "#171b21"),
    "auto": ("#4b3fa8", "#b3a8ff"),
    "adaptive": ("#7d6200", "#d9bd55"),
    "hybrid_model": ("#0072b2", "#56b4e9"),
    "xgboost": ("#c04c00", "#ff8c42"),
    "lightgbm": ("#008563", "#2fcf9f"),
    "ensemble": ("#a3407a", "#f0a3cf"),
    "baseline": ("#6d7682", "#98a2b0"),
    "reactive": ("#a86500", "#e0a04a"),
    "smoothing": ("#8a6d00", "#d6bc4e"),
    "recent_max": ("#7a5230", "#c99a72"),
    "tracking": ("#9a4a1f", "#dd8f66"),
    "threshold": ("#866043", "#bd9a80"),
    "scheduled": ("#4d7a8c", "#86b4c6"),
    "fixed": ("#69727d", "#9aa4b1"),
    "predictive": ("#5b4fc9", "#a49bff"),
    "window_quantile": ("#655fa5", "#c3bff5"),
    "hybrid_policy": ("#b0438f", "#f08fd2"),
    "perfect": ("#31804f", "#77d199"),
    "unmet": ("#d1242f", "#ff7b80"),
    "idle": ("#c9ced6", "#3a424d"),
    "burst": ("#e07a00", "#ffa53d"),
    "event": ("#8058cb", "#b79bf2"),
    "outage": ("#aab2bd", "#56606c"),
    "accent": ("#0b5fb0", "#6cb6ff"),
    "good": ("#177344", "#4fd18b"),
}

MODEL_ROLES = {
    "auto": "auto",
    "adaptive": "adaptive",
    "hybrid": "hybrid_model",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "ensemble": "ensemble",
}
POLICY_ROLES = {
    "reactive": "reactive",
    "reactive:smoothing": "smoothing",
    "reactive:recent-max": "recent_max",
    "target-tracking": "tracking",
    "threshold": "threshold",
    "fixed": "fixed",
    "scheduled": "scheduled",
    "predictive": "predictive",
    "predictive:window-quantile": "window_quantile",
    "hybrid": "hybrid_policy",
    "perfect-forecast": "perfect",
    "oracle": "ink",
}
POLICY_DASHES = {
    "reactive": "solid",
    "reactive:smoothing": "longdash",
    "reactive:recent-max": "longdashdot",
    "target-tracking": "8px,3px",
    "threshold": "4px,3px",
    "fixed": "dashdot",
    "scheduled": "12px,3px,3px,3px",
    "predictive": "solid",
    "predictive:window-quantile": "6px,2px",
    "hybrid": "dash",
    "perfect-forecast": "dot",
    "oracle": "dot",
}

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
)


def current() -> str:
    """Return the theme of the requesting browser, light by default."""
    return DARK if has_request_context() and request.cookies.get(COOKIE) == DARK else LIGHT


def palette(theme: str | None = None) -> SimpleNamespace:
    """Return every colour by its role, in a theme (None: that of the request)."""
    column = (LIGHT, DARK).index(theme or current())
    return SimpleNamespace(**{role: pair[column] for role, pair in _ROLES.items()})


def roles() -> dict[str, object]:
    """Return pairs of light and dark colours and both templates, with which a browser switches a figure."""
    return {"pairs": [list(pair) for pair in _ROLES.values()], LIGHT: template(LIGHT), DARK: template(DARK)}


def model_colour(model: str, theme: str | None = None) -> str:
    """Return the colour of a model; baselines share one."""
    return getattr(palette(theme), MODEL_ROLES.get(model, "baseline"))


def policy_colour(policy: str, theme: str | None = None) -> str:
    """Return the colour of a policy, with or without its variant."""
    family = policy if policy in POLICY_ROLES else policy.partition(":")[0]
    return getattr(palette(theme), POLICY_ROLES.get(family, "muted"))


def fade(colour: str, opacity: float) -> str:
    """Return a colour with an opacity. The browser recognizes these too when it switches themes."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def _axis(theme: str) -> dict[str, object]:
    colours = palette(theme)
    return {
        "gridcolor": colours.grid,
        "linecolor": colours.grid,
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "tickfont": {"color": colours.muted, "size": 12},
        "title": {"font": {"color": colours.muted, "size": 12}, "standoff": 8},
    }


def value_axis(theme: str) -> dict[str, object]:
    """Return the style of a vertical axis."""
    return {**_axis(theme), "rangemode": "tozero"}


def template(theme: str) -> dict[str, object]:
    """Return the layout that every figure of a theme starts from."""
    colours = palette(theme)
    layout = {
        "font": {"family": FONT, "color": colours.ink, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": [colours.accent, colours.xgboost, colours.lightgbm, colours.predictive, colours.reactive],
        "xaxis": {**_axis(theme), "showgrid": False},
        "yaxis": value_axis(theme),
        "hoverlabel": {"bgcolor": colours.paper, "bordercolor": colours.grid, "font": {"color": colours.ink}},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        "margin": {"l": 56, "r": 16, "t": 24, "b": 40},
        "hovermode": "x unified",
        "dragmode": "zoom",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
    }
    return {"layout": layout}


class LayoutParts(TypedDict, total=False):
    """The attributes of a plotly layout that the figures set themselves."""

    annotations: Sequence[Mapping[str, object]]
    bargap: float
    barmode: str
    dragmode: str | bool
    hovermode: str
    legend: Mapping[str, object]
    margin: Mapping[str, object]
    meta: Mapping[str, object]
    shapes: Sequence[Mapping[str, object]]
    showlegend: bool
    uirevision: str
    xaxis: Mapping[str, object]
    xaxis2: Mapping[str, object]
    yaxis: Mapping[str, object]
    yaxis2: Mapping[str, object]
    yaxis3: Mapping[str, object]


def layout(**parts: Unpack[LayoutParts]) -> dict[str, object]:
    """Return a figure's layout in the theme of the request."""
    return {"template": template(current()), **parts}


def per_bin(bin_seconds: int) -> str:
    """Return the unit of counts per bin: `requests per minute`, `requests per 15 min`."""
    unit = {MINUTE: "minute", HOUR: "hour", DAY: "day"}.get(bin_seconds) or duration(bin_seconds)
    return f"requests per {unit}"
