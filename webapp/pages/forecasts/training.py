"""Train: whether there is enough data, training with its progress, and accepting or discarding the new models."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props
from dash.development.base_component import Component

from forecasting import model_sets
from forecasting.access.roles import Role
from forecasting.errors import ForecastingError, ReadOnly
from forecasting.evaluation import TrainingFacts, display_name, training_facts
from forecasting.forecasters.registry import TRAINABLE_MODELS
from forecasting.model_sets.training import trained_models, training_parts
from forecasting.model_sets.waiting import ONLY_RULES
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.access.callback_roles import callback_needs
from webapp.access.change_record import recorded
from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import KEYS, NAME, TRAINING, bins_of, until_of
from webapp.ui import address
from webapp.ui.address import View, timeframes_of
from webapp.ui.components.notices import failed, problem, shown_in_place
from webapp.ui.page_frame import control_id, view_id

PLAN, GO, OUTCOME, BARS, EDGES, ACCEPTED = (
    f"forecasts-{name}" for name in ("plan", "go", "said", "bars", "edges", "accepted")
)


def panel(view: View) -> Component:
    """Return the form, and the places of its results."""
    refusal = why_no_change()
    button = dbc.Button("Train", id=GO, color="primary", disabled=True, class_name="forecast-go")
    training = [
        html.Div(id=PLAN),
        _form(view),
        html.P(f"{refusal} Models cannot be trained here.", className="remark") if refusal else "",
        button,
        dcc.Store(id=EDGES),
        TRAINING.stores(),
        html.Div(id=BARS, className="forecast-bars"),
        html.Div(id=OUTCOME),
    ]
    return html.Div([html.Div(training, className="panel forecast-training"), html.Div(id=ACCEPTED)])


def _form(view: View) -> Component:
    possible = timeframes_of(view.info)
    names = {**{name: display_name(name) for name in TRAINABLE_MODELS}, ONLY_RULES: "Simple rules (always included)"}
    models = [{"value": name, "label": text, "disabled": name == ONLY_RULES} for name, text in names.items()]
    until = dbc.Input(
        id=control_id("until"),
        type="text",
        value=view["until"],
        placeholder=wall_text(view.info.end, view.info.time_zone)[:16],
        debounce=True,
        size="sm",
    )
    return html.Div(
        [
            html.Fieldset([html.Legend("Models"), _ticks("train", models, view["train"])]),
            html.Fieldset([html.Legend("Bins"), _ticks("bins", list(possible), view["bins"])]),
            html.Label(["Train on data before", until, html.Small("later data are for testing")]),
        ],
        className="forecast-form",
    )


def _ticks(key: str, options: list, value: Iterable[str]) -> Component:
    return dbc.Checklist(id=control_id(key), options=options, value=list(value), inline=True)


def register(app: Dash) -> None:
    """Register the callbacks of the form, of training, and of its result."""
    view = State(view_id(NAME), "data")

    @app.callback(Output(PLAN, "children"), Output(GO, "disabled"), sections.part(sections.TRAIN), view)
    def plan(part, data):
        return (no_update, no_update) if part is None else _planned(address.of_store(data, KEYS))

    @app.callback(
        TRAINING.request,
        Output(BARS, "children"),
        Output(EDGES, "data"),
        Input(GO, "n_clicks"),
        TRAINING.inputs[1],
        view,
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR, heavy=True)
    def go(_clicks, _again, data):
        return started(address.of_store(data, KEYS))

    @app.callback(Output(OUTCOME, "children"), TRAINING.inputs[0], prevent_initial_call=True)
    def show_failure(done):
        message = (done or {}).get("problem")
        return problem("Training failed", message) if message else ""

    app.clientside_callback(
        ClientsideFunction("forecasts", "trained"),
        Output({"type": "forecasts-bar", "of": ALL}, "value"),
        TRAINING.share,
        State(EDGES, "data"),
        State({"type": "forecasts-bar", "of": ALL}, "id"),
        prevent_initial_call=True,
    )
    _register_choice(app)


def _register_choice(app: Dash) -> None:
    @app.callback(
        Output(ACCEPTED, "children"),
        Input({"type": "forecasts-accept", "set": ALL}, "n_clicks"),
        Input({"type": "forecasts-discard", "set": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR)
    @shown_in_place
    def choose(_accepts, _discards):
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            return no_update
        return chosen(ctx.triggered_id["type"] == "forecasts-accept", ctx.triggered_id["set"])


def chosen(accepted: bool, name: str) -> Component:
    """Accept or discard a candidate, and have every section redrawn."""
    change = model_sets.accept if accepted else model_sets.discard
    with recorded("model-set.accept" if accepted else "model-set.discard", name):
        change(name, context().settings)
    set_props(sections.SETS, {"data": secrets.token_hex(4)})
    text = f"{name} is now in use." if accepted else f"The candidate of {name} was discarded; nothing else has changed."
    return html.P(text, className="remark", role="status")


def _planned(view: View) -> tuple[object, bool]:
    """Return the facts before training, and whether the button is disabled."""
    try:
        facts = facts_of(view)
    except ForecastingError as error:
        return failed(error), True
    lines = [html.Li([html.Strong(f"{one.timeframe}: "), one.sentence]) for one in facts]
    can = all(one.enough for one in facts) and not why_no_change()
    return html.Ul(lines, className="forecast-facts"), not can


def facts_of(view: View) -> list[TrainingFacts]:
    """Return the training data in each of the selected timeframes."""
    wanted = bins_of(view)
    until = until_of(view)
    return [training_facts(context().binned(view.dataset, bin_seconds_of(name)), until=until) for name in wanted]


def started(view: View) -> tuple[object, list[Component], dict[str, tuple[float, float]]]:
    """Return the request of a training, a bar for each model, and the range of progress of each bar."""
    if refusal := why_no_change():
        raise ReadOnly(f"{refusal} Models cannot be trained here.")
    timeframes = list(bins_of(view))
    models = [name for name in view["train"] if name in TRAINABLE_MODELS]
    arguments = {"dataset": view.dataset, "models": models, "timeframes": timeframes, "until": until_of(view)}
    with recorded("model-set.train", view.dataset) as change:
        change.after, change.message = arguments, "started"
    request = {"version": view.version, "arguments": arguments, "nonce": secrets.token_hex(4)}
    edges = training_parts(trained_models(models), timeframes)
    shown = {name: ends for name, ends in edges.items() if name.split()[0] in TRAINABLE_MODELS}
    rest = [name for name in edges if name not in shown]
    return request, [_bar(name) for name in shown], {**shown, **({} if shown else {name: edges[name] for name in rest})}


def _bar(name: str) -> Component:
    model, timeframe = name.split()
    label = f"{display_name(model)}, {timeframe}"
    bar = html.Progress(id={"type": "forecasts-bar", "of": name}, max="1", value="0", **{"aria-label": label})
    return html.Div([html.Span(label), bar])
