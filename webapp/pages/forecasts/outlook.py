"""The forecast: its summary sentence, the fan chart, and the slider that moves the origin."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.evaluation import (
    Origins,
    PastForecast,
    display_name,
    member_name,
    name_in_text,
    origins_of,
    past_forecast,
    surroundings,
)
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration, moment, percent
from forecasting.timeseries.timeframes import DAY, HOUR, bin_seconds_of
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import (
    BOARD,
    KEYS,
    NAME,
    TRAIN,
    Selection,
    available_models,
    cached_statement,
    selection_of,
)
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart, graph_id
from webapp.ui.components.glossary import term
from webapp.ui.components.notices import failed, loading, skeleton
from webapp.ui.figures.forecasts import fan
from webapp.ui.page_frame import control_id, view_id

FAN = "forecasts-fan"
ANSWER, REMARKS, PLACE, OUTCOME = "forecasts-answer", "forecasts-remarks", "forecasts-place", "forecasts-outcome"
SLIDER, TRACK, ENDS, CLOCK, DRAG = (f"forecasts-{name}" for name in ("slider", "track", "ends", "clock", "drag"))
HEIGHT = 420

BEFORE, LEAST_BEFORE, MOST_BEFORE = 3, 96, 400
"""The history on the chart: a multiple of the horizon, within these bounds in bins."""

LEAST_WEIGHT, MOST_MEMBERS = 0.01, 5
"""Members of the forecast that are named below the chart."""

MOVES = (("−1 d", -DAY), ("−1 h", -HOUR), ("−1 bin", None), ("+1 bin", None), ("+1 h", HOUR), ("+1 d", DAY))


def section(view: View) -> Component:
    """Return the summary and the chart without data."""
    waiting = html.Div(skeleton(29), className="answer")
    return html.Div(
        [
            dcc.Store(id=CLOCK),
            dcc.Store(id=DRAG),
            html.Div(waiting, id=ANSWER, **{"aria-live": "polite"}),
            html.Div(id=REMARKS),
            html.Div(_card(view), id=PLACE),
        ]
    )


def _card(view: View) -> Component:
    card = chart(FAN, "Forecast", None, height=HEIGHT)
    head, _, body, table = card.children
    place, outcome = loading(body, height=HEIGHT), html.P(id=OUTCOME)
    card.children = [head, _controls(view), place, _origin_controls(view), outcome, table]
    return card


def _controls(view: View) -> Component:
    available = available_models(view)
    model = view["model"] if view["model"] in available else available[0]
    select = dbc.Select(id=control_id("model"), options=_options(available), value=model, size="sm")
    return html.Div(
        [
            html.Label(["Model", select]),
            html.Label([term("horizon", "Horizon (bins)"), _number(view)]),
            html.Fieldset(
                [html.Legend("Compare with"), _overlays(view, available, model)], className="forecast-overlays"
            ),
        ],
        className="forecast-controls",
    )


def _number(view: View) -> Component:
    return dbc.Input(
        id=control_id("horizon"), type="number", value=view["horizon"], min=1, max=100, step=1, debounce=True, size="sm"
    )


def _overlays(view: View, available: tuple[str, ...], model: str) -> Component:
    return dbc.Checklist(
        id=control_id("models"),
        options=_options(available, model),
        value=[name for name in view["models"] or () if name in available],
        inline=True,
    )


def _options(available: tuple[str, ...], model: str | None = None) -> list[dict[str, object]]:
    """Return the options of a choice of models; the selected `model` is disabled."""
    return [{"value": name, "label": display_name(name), "disabled": name == model} for name in available]


def _origin_controls(view: View) -> Component:
    """Return the origin slider with its buttons and text field."""
    half = len(MOVES) // 2
    slider = dbc.Input(id=SLIDER, type="range", min=0, max=1, step=1, value=1)
    label = html.Label([html.Span("Forecast origin", className="visually-hidden"), slider])
    box = dbc.Input(
        id=control_id("origin"), type="text", value=view["origin"], placeholder="latest", debounce=True, size="sm"
    )
    return html.Div(
        [
            html.Div([_move(view, *move) for move in MOVES[:half]], className="forecast-moves"),
            html.Div([label, html.Div(id=ENDS, className="forecast-ends")], id=TRACK, className="forecast-track"),
            html.Div([_move(view, *move) for move in MOVES[half:]], className="forecast-moves"),
            html.Label([term("origin", "Origin"), box], className="forecast-moment"),
            html.Button("Latest", type="button", className="forecast-move", **{"data-move": "latest"}),
        ],
        className="forecast-as-of",
    )


def _move(view: View, text: str, seconds: int | None) -> Component | str:
    """Return a button that moves the origin by whole bins."""
    length = bin_seconds_of(view.timeframe)
    if seconds is not None and abs(seconds) <= length:
        return ""
    bins = (1 if text[0] == "+" else -1) if seconds is None else seconds // length
    label = f"{'Later' if bins > 0 else 'Earlier'} by {duration(abs(bins) * length)}"
    data = {"data-move": str(bins), "aria-label": label}
    return html.Button(text, type="button", className="forecast-move", title=label, **data)


def register(app: Dash) -> None:
    """Register the callbacks of the summary and the chart."""
    app.clientside_callback(
        ClientsideFunction("forecasts", "slide"),
        Input(SLIDER, "value"),
        State(CLOCK, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("forecasts", "wind"), Input(CLOCK, "data"), prevent_initial_call=True)

    @app.callback(
        output={
            "answer": Output(ANSWER, "children"),
            "remarks": Output(REMARKS, "children"),
            "title": Output(f"chart-title-{FAN}", "children"),
            "figure": Output(graph_id(FAN), "figure"),
            "outcome": Output(OUTCOME, "children"),
            "hidden": Output(PLACE, "hidden"),
            "models": [Output(control_id(key), "options") for key in ("model", "models")],
            "slider": [Output(SLIDER, name) for name in ("min", "max", "value")],
            "clock": Output(CLOCK, "data"),
            "track": Output(TRACK, "style"),
            "ends": Output(ENDS, "children"),
        },
        inputs={
            "_part": sections.part(sections.FAN),
            "_sets": Input(sections.SETS, "data"),
            "_evaluated": BOARD.inputs[0],
            "drag": Input(DRAG, "data"),
            "data": State(view_id(NAME), "data"),
        },
    )
    def draw(_part, _sets, _evaluated, drag, data):
        dragged = drag if ctx.triggered_id == DRAG else None
        try:
            return render(address.of_store(data, KEYS), dragged)
        except ForecastingError as error:
            return _blank(failed(error))


def render(view: View, dragged: str | None = None) -> dict[str, object]:
    """Return all outputs of the section for a view; for another origin while the slider is `dragged`."""
    selection = selection_of(view, dragged)
    forecast, *others = [_past_forecast(view, selection, model) for model in (selection.model, *selection.others)]
    horizon = view["horizon"]
    before = min(max(BEFORE * horizon, LEAST_BEFORE), MOST_BEFORE)
    around = surroundings(view.series, forecast.forecast.origin, before, horizon)
    return {
        "answer": _answer(forecast, cached_statement(view, selection.model)),
        "remarks": _remarks(forecast, selection),
        "title": _title(forecast),
        "figure": fan(forecast, around, others),
        "outcome": (forecast.outcome or _source(forecast)) + _members(forecast),
        "hidden": False,
        **(_controls_state(view, forecast, selection) if dragged is None else _unchanged()),
    }


def _past_forecast(view: View, selection: Selection, model: str) -> PastForecast:
    settings = context().settings
    return past_forecast(view.series, model=model, horizon=view["horizon"], origin=selection.origin, settings=settings)


def _answer(forecast: PastForecast, statement: str | None) -> Component:
    summary, record = (text.replace(" %", "\N{NO-BREAK SPACE}%") for text in (forecast.sentence, statement or ""))
    head, requests, tail = summary.partition(" requests")
    return html.P([html.Strong(head + requests), tail, f" {record}"], className="answer")


def _title(past: PastForecast) -> str:
    name, begins = name_in_text(past.forecast.model), int(past.forecast.ds[0])
    length = duration(len(past.forecast.ds) * past.forecast.bin_seconds)
    if past.is_latest:
        return f"Forecast by {name} for the next {length}"
    when = moment(begins, past.forecast.time_zone, with_year=True)
    return f"Forecast by {name} for the {length} from {when}, with the actuals"


def _source(past: PastForecast) -> str:
    name, model_set = display_name(past.forecast.model), past.forecast.model_set
    origin = f"of the model set {model_set}" if model_set else "without training"
    return f"Forecast by {name} {origin}. Move the slider back to compare earlier forecasts with the actuals."


def _members(past: PastForecast) -> str:
    """Return the members that carry a forecast, the largest weight first; empty for a model that has none."""
    shown = [one for one in past.forecast.members if one.weight >= LEAST_WEIGHT][:MOST_MEMBERS]
    if not shown:
        return ""
    return f" Members: {', '.join(f'{member_name(one.model)} {percent(one.weight, 2)}' for one in shown)}."


def _remarks(past: PastForecast, selection: Selection) -> list[Component]:
    """Return what a reader should know about the forecast, with a link to a remedy."""
    plain = [html.P(text, className="remark") for text in (*selection.notes, past.unknown) if text]
    return [*plain, *(_warning(text) for text in past.forecast.warnings)]


def _warning(text: str) -> Component:
    head, colon, rest = text.partition("Zero-shot")
    parts = [head, term("zero-shot", colon), rest] if colon else [text]
    if not colon:
        return html.P(parts, className="remark")
    button = html.Button("Train on this data", type="button", className="link-button", **{"data-tab": TRAIN})
    return html.P([*parts, " ", button], className="remark")


def _controls_state(view: View, past: PastForecast, selection: Selection) -> dict[str, object]:
    """Return what a drag does not change: position and range of the slider, and the models to select from."""
    available = available_models(view)
    start, end = (None, None) if view["range"] == "all" else view.span
    origins = origins_of(view.series, start, end)
    position = min(max(view.series.position(past.forecast.origin), origins.first), origins.last)
    return {
        "slider": [origins.first, origins.last, position],
        "clock": {
            "start": origins.start,
            "bin": origins.bin_seconds,
            "last": origins.end,
            "offsets": origins.zone_offsets,
            "position": position,
        },
        "track": {"--learnt": f"{100 * origins.share(past.trained_until):.2f}%"},
        "ends": _ends(view, origins, past),
        "models": [_options(available), _options(available, selection.model)],
    }


def _ends(view: View, origins: Origins, past: PastForecast) -> list[Component]:
    """Return the ends of the slider as text, and a note on the training days."""
    zone = view.info.time_zone
    first, last = (origins.start + at * origins.bin_seconds for at in (origins.first, origins.last))
    texts = [html.Span(wall_text(second, zone)[:16]) for second in (first, last)]
    in_training = past.trained_until is not None and origins.share(past.trained_until) > 0
    note = f"shaded: training days of {past.forecast.model_set}" if in_training else ""
    return [texts[0], html.Span(note), texts[1]]


def _unchanged() -> dict[str, object]:
    unchanged: dict[str, object] = dict.fromkeys(("clock", "track", "ends"), no_update)
    return {**unchanged, "slider": [no_update] * 3, "models": [no_update] * 2}


def _blank(message: Component) -> dict[str, object]:
    """Return the outputs of the section with only a message in place of the summary."""
    same = dict.fromkeys(("title", "figure"), no_update)
    return {"answer": message, "remarks": [], "outcome": "", "hidden": True, **same, **_unchanged()}
