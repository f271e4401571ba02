"""The comparison of a trained candidate with the models in use, and the choice to accept or discard it."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting.evaluation import METRIC_NAMES, BeforeAfter, Change, Waiting, display_name, format_score, waiting
from forecasting.forecasters.registry import SIMPLE_RULES
from forecasting.model_sets.names import candidate_of
from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import COMPARING, KEYS, NAME, TRAINING
from webapp.pages.forecasts.track_record import about, scrolling
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.model_sets import CARDS, set_link
from webapp.ui.components.notices import loading, skeleton
from webapp.ui.page_frame import view_id

BODY = "forecasts-waiting"
COLUMNS = ("mae", "rmse", "wql", "coverage_80")

Scores = Mapping[str, float | int | None]


def panel() -> Component:
    """Return the place of the candidates."""
    return html.Div([COMPARING.stores(), loading(html.Div(id=BODY), height=120)])


def register(app: Dash) -> None:
    """Register the callback that lists the candidates and requests their comparison."""

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
        return sections.or_problem(lambda: update(view))


def update(view: View) -> tuple[object, object]:
    """Return the candidates, the newest compared with the models in use, and the job request."""
    candidates = waiting_of(view)
    if not candidates:
        return "", no_update
    first = candidates[0]
    timeframe = view.timeframe if view.timeframe in first.timeframes else first.timeframes[0]
    models = list(first.models or SIMPLE_RULES)
    arguments = {"dataset": view.dataset, "timeframe": timeframe, "model_set": first.model_set, "models": models}
    job = COMPARING.ask(view.version, arguments)
    body, request = sections.of_job(
        job, "The models could not be compared", lambda answer: _table(answer, timeframe), skeleton(120)
    )
    others = [
        _choice(view, one, html.P("Compared after you decide on the first.", className="muted"))
        for one in candidates[1:]
    ]
    return [_choice(view, first, html.Div(body)), *others], request


def waiting_of(view: View) -> tuple[Waiting, ...]:
    """Return the candidates that were trained on the data of a view."""
    settings = context().settings
    return context().results.get_or_compute(
        "waiting", view.version, {}, lambda: waiting(context().series(view.dataset), settings), tuple[Waiting, ...]
    )


def _choice(view: View, one: Waiting, body: Component) -> Component:
    """Return a candidate with its content, its comparison and both buttons."""
    refusal = why_no_change()
    models = ", ".join(map(display_name, one.models)) or "Simple rules"
    text = f"{models} for bins of {', '.join(one.timeframes)}, trained on data before {one.trained_until[:16]}."
    card = set_link(candidate_of(one.model_set), "Model card", base=view.link(CARDS))
    buttons = [
        dbc.Button("Use it", id=_id("accept", one), color="primary", disabled=bool(refusal)),
        dbc.Button("Discard", id=_id("discard", one), color="secondary", outline=True, disabled=bool(refusal)),
        html.Span(refusal or "Until you decide, the current models stay in use.", className="muted"),
    ]
    return html.Section(
        [
            html.H2(f"{one.model_set} is trained: accept it?", className="section-title"),
            html.P([f"{text} ", card, "."], className="muted"),
            body,
            html.Div(buttons, className="forecast-choice"),
        ],
        className="panel",
    )


def _id(does: str, one: Waiting) -> dict[str, str]:
    return {"type": f"forecasts-{does}", "set": one.model_set}


def _table(comparison: BeforeAfter, timeframe: str) -> list[Component]:
    """Return the scores of every model before and after, and whether the change is clear."""
    heads = [html.Th("Model", scope="col"), html.Th("", scope="col")]
    heads += [html.Th(term(METRIC_NAMES[name]), scope="col", className="number") for name in COLUMNS]
    rows = [row for change in comparison.changes for row in _rows(change)]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], size="sm", class_name="standings")
    findings = html.Ul([html.Li(change.sentence, className="finding") for change in comparison.changes])
    return [findings, scrolling(table, f"Scores in bins of {timeframe}"), about(comparison.board)]


def _rows(change: Change) -> list[Component]:
    """Return the scores of the new model (bold if lower) and of the one in use, if there is one."""
    before = change.before
    now = before.scores if before else None
    cells = [html.Th(display_name(change.model), scope="row"), html.Td("new", className="muted")]
    cells += [_cell(name, change.after.scores, now) for name in COLUMNS]
    if before is None:
        return [html.Tr(cells)]
    current = [html.Th("", scope="row"), html.Td(f"in use ({before.model_set or 'untrained'})", className="muted")]
    current += [_cell(name, before.scores, None) for name in COLUMNS]
    return [html.Tr(cells), html.Tr(current)]


def _cell(metric: str, scores: Scores, other: Scores | None) -> Component:
    value, rival = scores[metric], other[metric] if other else None
    less = metric != "coverage_80" and value is not None and rival is not None and value < rival
    return html.Td(format_score(metric, value), className="number best" if less else "number")
