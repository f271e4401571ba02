"""Before beside after: what a trained candidate would change, and the choice to use it or not."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting.evaluation import METRIC_NAMES, BeforeAfter, Change, Waiting, name_of, waiting, written
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.model_sets.names import candidate_of
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import COMPARING, KEYS, NAME, TRAINING
from webapp.pages.forecasts.track_record import about, scrolling
from webapp.pages.forecasts.training import READ_ONLY
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.model_sets import CARDS, set_link
from webapp.ui.components.notices import loading, skeleton
from webapp.ui.page_frame import view_id

BODY = "forecasts-waiting"
COLUMNS = ("mae", "rmse", "wql", "coverage_80")


def panel() -> Component:
    """The place of what waits to be accepted."""
    return html.Div([COMPARING.stores(), loading(html.Div(id=BODY), height=120)])


def register(app: Dash) -> None:
    """The callback that finds what waits, and has it compared."""

    @app.callback(
        Output(BODY, "children"),
        COMPARING.request,
        sections.part(sections.TRAIN),
        Input(sections.SETS, "data"),
        TRAINING.inputs[0],
        *COMPARING.inputs,
        State(view_id(NAME), "data"),
        COMPARING.state,
    )
    def draw(part, _sets, _trained, _done, _start, data, _asked):
        if part is None:
            return no_update, no_update
        view = address.of_store(data, KEYS)
        return sections.in_place(lambda: asked(view))


def asked(view: View) -> tuple[object, object]:
    """The newest candidate beside what is used now, and the request for that comparison."""
    found = waiting_of(view)
    if not found:
        return "", no_update
    first = found[0]
    timeframe = view.timeframe if view.timeframe in first.timeframes else first.timeframes[0]
    models = list(first.models) or [name for name in MODEL_NAMES if name not in MAIN_MODELS]
    arguments = {"dataset": view.dataset, "timeframe": timeframe, "model_set": first.model_set, "models": models}
    compared = COMPARING.ask(view.version, arguments)
    body, request = sections.of_job(
        compared, "They could not be compared", lambda answer: _table(answer, timeframe), skeleton(120)
    )
    others = [_choice(view, one, html.P("Compared when the first is decided.", className="muted")) for one in found[1:]]
    return [_choice(view, first, html.Div(body)), *others], request


def waiting_of(view: View) -> tuple[Waiting, ...]:
    """What was trained on the data of a view and is not decided on yet."""
    settings = context().settings
    return context().answers.remember(
        "waiting", view.version, {}, lambda: waiting(context().series(view.dataset), settings), tuple[Waiting, ...]
    )


def _choice(view: View, one: Waiting, body: Component) -> Component:
    """A candidate with what it has, what it would change, and both buttons."""
    read_only = context().settings.read_only
    models = ", ".join(map(name_of, one.models)) or "Simple rules"
    text = f"{models} in bins of {', '.join(one.timeframes)}, learnt from what lies before {one.trained_until[:16]}."
    card = set_link(candidate_of(one.model_set), "Its model card", base=view.link(CARDS))
    buttons = [
        dbc.Button("Use it", id=_id("accept", one), color="primary", disabled=read_only),
        dbc.Button("Discard", id=_id("discard", one), color="secondary", outline=True, disabled=read_only),
        html.Span(READ_ONLY if read_only else "Until then the models in use stay as they are.", className="muted"),
    ]
    return html.Section(
        [
            html.H2(f"{one.model_set} is trained and waits for you", className="section-title"),
            html.P([f"{text} ", card, "."], className="muted"),
            body,
            html.Div(buttons, className="forecast-choice"),
        ],
        className="panel",
    )


def _id(does: str, one: Waiting) -> dict[str, str]:
    return {"type": f"forecasts-{does}", "set": one.model_set}


def _table(found: BeforeAfter, timeframe: str) -> list[Component]:
    """Every model's scores now and after, and whether the change is more than chance."""
    heads = [html.Th("Model", scope="col"), html.Th("", scope="col")]
    heads += [html.Th(term(METRIC_NAMES[name]), scope="col", className="number") for name in COLUMNS]
    rows = [row for change in found.changes for row in _rows(change)]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], size="sm", class_name="standings")
    findings = html.Ul([html.Li(change.sentence, className="finding") for change in found.changes])
    return [findings, scrolling(table, f"Scores in bins of {timeframe}"), about(found.board)]


def _rows(change: Change) -> list[Component]:
    """The scores of a model now, where something is used now, and those of the new one, which are bold where less."""
    now = change.before.scores if change.before else None
    cells = [html.Th(name_of(change.model), scope="row"), html.Td("new", className="muted")]
    cells += [_cell(name, change.after.scores, now) for name in COLUMNS]
    if now is None:
        return [html.Tr(cells)]
    before = [html.Th("", scope="row"), html.Td(f"now ({change.before.model_set})", className="muted")]
    before += [_cell(name, now, None) for name in COLUMNS]
    return [html.Tr(cells), html.Tr(before)]


def _cell(metric: str, scores: dict, other: dict | None) -> Component:
    value = scores[metric]
    known = other is not None and None not in (value, other[metric])
    less = metric != "coverage_80" and known and value < other[metric]
    return html.Td(written(metric, value), className="number best" if less else "number")
