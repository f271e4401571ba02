"""The controls: the service form, the what-if fields, the calendar, and the player of the replay."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.scaling.config.calendar_text import HOW, Event
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import exact, whole
from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.pages.scaling.requests import KEYS, LOG_KEYS
from webapp.ui.address import View
from webapp.ui.components.field import number_field, text_field
from webapp.ui.components.glossary import term
from webapp.ui.page_frame import control_id
from webapp.ui.service_form import form

SPEEDS = {"5": "5 bins/s", "20": "20 bins/s", "60": "60 bins/s", "240": "240 bins/s"}
USUAL_SPEED = "20"
HOW_TO_PLAY = "Press play or drag the slider: each bin shows the decision and what it is based on."


def side(view: View) -> Component:
    """Return the service form, whether it is stored, and the buttons that store or reset it."""
    return html.Div([_stored(view), form(view)], className="scaling-side")


def _stored(view: View) -> Component:
    refusal = why_no_change()
    is_stored = context().catalog.choices(view.dataset) is not None
    state = f"Stored for {view.dataset}." if is_stored else "Proposed from the traffic; nothing is stored yet."
    store = dbc.Button(
        "Store for this data set", id="scaling-store", size="sm", color="primary", disabled=bool(refusal)
    )
    keys = ",".join(key.name for key in KEYS if key.name not in LOG_KEYS)
    reset = html.Button("Reset", type="button", className="btn btn-sm btn-outline-secondary", **{"data-reset": keys})
    why = f"{refusal} Settings cannot be stored." if refusal else WHY_STORE
    return html.Section(
        [
            html.P(state, className="form-told"),
            html.Div([store, reset], className="form-buttons"),
            html.Div(id="scaling-stored", role="status"),
            html.Small(why, className="field-why"),
        ],
        className="form-group",
        **{"aria-label": "Stored settings"},
    )


WHY_STORE = (
    "A cluster that polls this server gets recommendations for the stored settings: service, policy, its parameters, "
    "model and model set, objective, replicas, calendar, and the behavior of the HPA."
)


def moments(view: View) -> Component:
    """Return the fields of the origin of the plan and its horizon."""
    last = wall_text(view.series.end - view.series.bin_seconds, view.info.time_zone)[:16]
    return html.Div(
        [
            text_field("origin", term("origin", "Origin"), view["origin"], placeholder=last),
            number_field("horizon", term("horizon", "Steps ahead"), view["horizon"], whole=True),
        ],
        className="moments",
    )


def supposing(view: View) -> Component:
    """Return the what-if fields: growth, slower start-up, a traffic surge, a forecast error."""
    fields = [
        number_field("growth", "Traffic", view["growth"], unit="×", slider=(0.25, 5), why="1: unchanged"),
        number_field("slower", "Start-up time", view["slower"], unit="×", slider=(0.5, 10), why="1: as in the form"),
        number_field(
            "error", "Forecast error", view["error"], unit="%", slider=(-60, 60), why="−20: one fifth too low"
        ),
        number_field(
            "flash", "Traffic surge", view["flash"], unit="×", slider=(1, 10), why="Unknown to the forecast; 1: none"
        ),
        number_field("flash_minutes", "Surge lasts", view["flash_minutes"], unit="min", whole=True, slider=(5, 240)),
        text_field(
            "flash_at",
            "Surge starts",
            view["flash_at"],
            placeholder="the middle",
            why="For example 1995-08-25 14:00",
        ),
    ]
    return html.Section(
        [html.H3("What if", className="chart-title"), html.Div(fields, className="what-if")],
        className="panel",
        **{"aria-label": "What if"},
    )


def known_events(view: View) -> Component:
    """Return the calendar: minimum numbers of replicas for planned events."""
    box = dbc.Textarea(
        id=control_id("events"),
        value=view["events"],
        debounce=True,
        rows=3,
        placeholder=PLACEHOLDER,
        class_name="events-text",
    )
    label = html.Label([html.Span("One event per line", className="field-label"), box], className="events-label")
    how = html.Small(
        f"{HOW}. CRON has five fields; times are in the time zone of the data set, unless “in Europe/Paris” or another "
        "zone ends the line. “none” stands for no events although some are stored.",
        className="field-why",
    )
    return html.Details(
        [html.Summary("Calendar: minimum replicas for planned events"), label, how, html.Div(id="scaling-events")],
        className="panel",
        open=bool(view["events"]),
    )


PLACEHOLDER = "sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00\nmornings = 12 at 0 8 * * MON-FRI for 240 min"


def event_list(events: tuple[Event, ...]) -> Component | str:
    """Return the events as they were read."""
    if not events:
        return ""
    rows = [html.Tr([html.Td(event.name or "–"), html.Td(_asked(event)), html.Td(event.when)]) for event in events]
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in ("Event", "Minimum replicas", "When")]))
    return html.Table([head, html.Tbody(rows)], className="table table-sm")


def _asked(event: Event) -> str:
    replicas, factor = event.entry.replicas, event.entry.factor
    return whole(replicas) if factor is None else f"for {exact(factor)} × the usual traffic"


def player() -> Component:
    """Return the player: play, step, speed, the position, and the decision there. `assets/scaling.js` moves it."""
    buttons = [
        _button("back", "skip-start-fill", "One bin back"),
        _button("play", "play-fill", "Play"),
        _button("on", "skip-end-fill", "One bin forward"),
    ]
    speed = html.Label(
        [
            html.Span("Speed", className="visually-hidden"),
            dbc.Select(
                id="scaling-speed",
                options=[{"value": name, "label": text} for name, text in SPEEDS.items()],
                value=USUAL_SPEED,
                size="sm",
            ),
        ]
    )
    place = html.Label(
        [
            html.Span("Step", className="visually-hidden"),
            dbc.Input(id="scaling-place", type="range", min=0, max=1, step=1, value=0, class_name="player-place"),
        ],
        className="player-track",
    )
    now = html.Button("Show the plan from here", type="button", className="quiet-button", **{"data-play": "origin"})
    whole = html.Button("Show all", type="button", className="quiet-button", **{"data-play": "whole"})
    return html.Div(
        [
            html.Div([html.Div(buttons, className="player-buttons"), speed, place, now, whole], className="player-bar"),
            html.Output(HOW_TO_PLAY, id="scaling-readout"),
        ],
        className="player",
        id="scaling-player",
    )


def _button(does: str, icon: str, label: str) -> Component:
    symbol = html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"})
    return html.Button(
        symbol, type="button", className="icon-button", title=label, **{"data-play": does, "aria-label": label}
    )
