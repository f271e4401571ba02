"""What comes next: the answer in a sentence, the fan chart, and the slider that moves the moment it is made at."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.evaluation import Origins, PastForecast, as_of, label_of, name_of, origins_of, surroundings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration, moment
from forecasting.timeseries.timeframes import DAY, HOUR, bin_seconds_of
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import BOARD, KEYS, NAME, TRAIN, Chosen, chosen_of, kept_statement, models_there
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
"""How much is shown before the origin: so many times the horizon, within these bounds of bins."""

MOVES = (("−1 d", -DAY), ("−1 h", -HOUR), ("−1 bin", None), ("+1 bin", None), ("+1 h", HOUR), ("+1 d", DAY))


def section(view: View) -> Component:
    """The answer and the chart, both still without data."""
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
    card = chart(FAN, "What comes next", None, height=HEIGHT)
    head, _, body, table = card.children
    card.children = [head, _controls(view), loading(body, height=HEIGHT), _as_of(view), html.P(id=OUTCOME), table]
    return card


def _controls(view: View) -> Component:
    there = models_there(view) or (view["model"],)
    model = view["model"] if view["model"] in there else there[0]
    select = dbc.Select(id=control_id("model"), options=_options(there), value=model, size="sm")
    return html.Div(
        [
            html.Label(["Model", select]),
            html.Label([term("horizon", "Bins ahead"), _number(view)]),
            html.Fieldset([html.Legend("Lay over it"), _overlays(view, there, model)], className="forecast-overlays"),
        ],
        className="forecast-controls",
    )


def _number(view: View) -> Component:
    return dbc.Input(
        id=control_id("horizon"), type="number", value=view["horizon"], min=1, max=100, step=1, debounce=True, size="sm"
    )


def _overlays(view: View, there: tuple[str, ...], model: str) -> Component:
    return dbc.Checklist(
        id=control_id("models"),
        options=_options(there, model),
        value=[name for name in view["models"] or () if name in there],
        inline=True,
    )


def _options(there: tuple[str, ...], model: str | None = None) -> list[dict[str, object]]:
    """The models to choose from, but for the one that is there already."""
    return [{"value": name, "label": name_of(name), "disabled": name == model} for name in there]


def _as_of(view: View) -> Component:
    """The slider with its buttons, and the moment as a text."""
    half = len(MOVES) // 2
    slider = dbc.Input(id=SLIDER, type="range", min=0, max=1, step=1, value=1)
    label = html.Label([html.Span("The moment that the forecast is made at", className="visually-hidden"), slider])
    box = dbc.Input(
        id=control_id("origin"), type="text", value=view["origin"], placeholder="the end", debounce=True, size="sm"
    )
    return html.Div(
        [
            html.Div([_move(view, *move) for move in MOVES[:half]], className="forecast-moves"),
            html.Div([label, html.Div(id=ENDS, className="forecast-ends")], id=TRACK, className="forecast-track"),
            html.Div([_move(view, *move) for move in MOVES[half:]], className="forecast-moves"),
            html.Label([term("origin", "Last known bin"), box], className="forecast-moment"),
            html.Button("Latest", type="button", className="forecast-move", **{"data-move": "latest"}),
        ],
        className="forecast-as-of",
    )


def _move(view: View, text: str, seconds: int | None) -> Component | str:
    """A button that moves the origin by whole bins."""
    length = bin_seconds_of(view.timeframe)
    if seconds is not None and abs(seconds) <= length:
        return ""
    bins = (1 if text[0] == "+" else -1) if seconds is None else seconds // length
    words = f"{'Later' if bins > 0 else 'Earlier'} by {duration(abs(bins) * length)}"
    data = {"data-move": str(bins), "aria-label": words}
    return html.Button(text, type="button", className="forecast-move", title=words, **data)


def register(app: Dash) -> None:
    """The callbacks of the answer and the chart."""
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
            "_judged": BOARD.inputs[0],
            "drag": Input(DRAG, "data"),
            "data": State(view_id(NAME), "data"),
        },
    )
    def draw(_part, _sets, _judged, drag, data):
        dragged = drag if ctx.triggered_id == DRAG else None
        try:
            return drawn(address.of_store(data, KEYS), dragged)
        except ForecastingError as error:
            return _blank(failed(error))


def drawn(view: View, dragged: str | None = None) -> dict[str, object]:
    """All that the section shows of a view; of another moment while the slider is `dragged`."""
    chosen = chosen_of(view, dragged)
    if chosen is None:
        return _blank(sections.no_model(view))
    found, *others = [_as_of_chosen(view, chosen, model) for model in (chosen.model, *chosen.others)]
    horizon = view["horizon"]
    before = min(max(BEFORE * horizon, LEAST_BEFORE), MOST_BEFORE)
    around = surroundings(view.series, found.forecast.origin, before, horizon)
    return {
        "answer": _answer(found, kept_statement(view, chosen.model)),
        "remarks": _remarks(found, chosen),
        "title": _title(found),
        "figure": fan(found, around, others),
        "outcome": found.outcome or _of_set(found),
        "hidden": False,
        **(_settled(view, found, chosen) if dragged is None else _unmoved()),
    }


def _as_of_chosen(view: View, chosen: Chosen, model: str) -> PastForecast:
    settings = context().settings
    return as_of(view.series, model=model, horizon=view["horizon"], origin=chosen.origin, settings=settings)


def _answer(found: PastForecast, statement: str | None) -> Component:
    said, statement = (text.replace(" %", "\N{NO-BREAK SPACE}%") for text in (found.sentence, statement or ""))
    head, requests, tail = said.partition(" requests")
    return html.P([html.Strong(head + requests), tail, f" {statement}"], className="answer")


def _title(found: PastForecast) -> str:
    name, begins = label_of(found.forecast.model), int(found.forecast.ds[0])
    length = duration(len(found.forecast.ds) * found.forecast.bin_seconds)
    if found.is_latest:
        return f"What {name} expects of the next {length}"
    when = moment(begins, found.forecast.time_zone, with_year=True)
    return f"What {name} expected of the {length} from {when}, and what came"


def _of_set(found: PastForecast) -> str:
    return (
        f"By {name_of(found.forecast.model)} of the model set {found.forecast.model_set}. Nothing of it has come yet: "
        "move the slider back to see earlier forecasts over what came."
    )


def _remarks(found: PastForecast, chosen: Chosen) -> list[Component]:
    """What a reader should know before the figures are believed, each with the way out."""
    plain = [html.P(text, className="remark") for text in (*chosen.notes, found.unknown) if text]
    return [*plain, *(_warning(text) for text in found.forecast.warnings)]


def _warning(text: str) -> Component:
    head, colon, rest = text.partition("Zero-shot")
    words = [head, term("zero-shot", colon), rest] if colon else [text]
    button = html.Button("Train on this data", type="button", className="link-button", **{"data-tab": TRAIN})
    return html.P([*words, " ", button], className="remark")


def _settled(view: View, found: PastForecast, chosen: Chosen) -> dict[str, object]:
    """What no drag changes: where the slider stands, what it ranges over, and the models to choose from."""
    there = models_there(view)
    start, end = (None, None) if view["range"] == "all" else view.span
    origins = origins_of(view.series, start, end)
    position = min(max(view.series.position(found.forecast.origin), origins.first), origins.last)
    return {
        "slider": [origins.first, origins.last, position],
        "clock": {
            "start": origins.start,
            "bin": origins.bin_seconds,
            "last": origins.end,
            "offsets": origins.zone_offsets,
            "position": position,
        },
        "track": {"--learnt": f"{100 * origins.share(found.learnt_until):.2f}%"},
        "ends": _ends(view, origins, found),
        "models": [_options(there), _options(there, chosen.model)],
    }


def _ends(view: View, origins: Origins, found: PastForecast) -> list[Component]:
    """The ends of the slider in words, and what its first part is."""
    zone = view.info.time_zone
    first, last = (origins.start + at * origins.bin_seconds for at in (origins.first, origins.last))
    texts = [html.Span(wall_text(second, zone)[:16]) for second in (first, last)]
    learnt = found.learnt_until is not None and origins.share(found.learnt_until) > 0
    note = "" if not learnt else f"first part: days that {found.forecast.model_set} has learnt from"
    return [texts[0], html.Span(note), texts[1]]


def _unmoved() -> dict[str, object]:
    return {"slider": [no_update] * 3, "models": [no_update] * 2} | dict.fromkeys(("clock", "track", "ends"), no_update)


def _blank(said: Component) -> Mapping[str, object]:
    """The section with nothing but what is said in place of its answer."""
    same = dict.fromkeys(("title", "figure"), no_update)
    return {"answer": said, "remarks": [], "outcome": "", "hidden": True, **same, **_unmoved()}
