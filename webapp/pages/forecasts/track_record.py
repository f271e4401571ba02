"""Track record: the accuracy of every model on the same days and the same targets."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from forecasting.evaluation import (
    METRIC_NAMES,
    TEST,
    VALIDATION,
    ZERO_SHOT,
    Leaderboard,
    LeaderboardRow,
    Reliability,
    display_name,
    format_score,
)
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import counted, moment, whole
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import BOARD, KEYS, NAME, evaluation_arguments
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.glossary import term
from webapp.ui.components.model_sets import CARDS, set_link
from webapp.ui.figures import track_record as figures
from webapp.ui.page_frame import view_id

BODY = "forecasts-record"
COLUMNS = ("mae", "rmse", "smape", "mase", "wql", "coverage_80")
DAYS = {
    TEST: "test days, after the training data of the models",
    VALIDATION: "validation days, forecast before the final training included them",
    ZERO_SHOT: "days of a series that no model was trained on",
}


def panel() -> Component:
    """Return the tab without its data."""
    return sections.job_panel(BOARD, BODY)


def register(app: Dash) -> None:
    """Register the callback of the tab, which requests the evaluation if it is not cached."""

    @app.callback(
        Output(BODY, "children"),
        BOARD.request,
        sections.part(sections.RECORD),
        Input(sections.SETS, "data"),
        *BOARD.inputs,
        State(view_id(NAME), "data"),
        BOARD.state,
    )
    def draw(_part, _sets, _done, _start, data, _asked):
        view = address.of_store(data, KEYS)
        return sections.or_problem(lambda: update(view))


def update(view: View) -> tuple[object, object]:
    """Return the content of the tab and the job request."""
    evaluation = BOARD.ask(view.version, evaluation_arguments(view))
    return sections.of_job(evaluation, "The models could not be evaluated", lambda board: render(view, board))


def render(view: View, board: Leaderboard) -> list[Component]:
    """Return the table, and the charts of the error by step and by hour of day."""
    metric, step = view["metric"], view["step"]
    title = board.steps_sentence(view["model"], metric) or "Error by step"
    hours = board.hours_sentence(view["model"], metric) or "Error by hour of day"
    return [
        html.Div([_table(view, board), about(board), _cards(view, board)], className="panel"),
        html.Div(
            [
                chart("forecasts-by-step", title, figures.by_step(board, metric)),
                chart("forecasts-by-hour", hours, figures.by_hour(board, metric), summary=_of_steps(step)),
            ],
            className="grid-2 forecast-charts",
        ),
    ]


def _of_steps(step: str | int) -> str | None:
    return None if step == "all" else "All steps pooled."


def ranking_of(view: View, board: Leaderboard) -> Sequence[LeaderboardRow]:
    """Return the rows at a view's metric and step; cached, because their intervals take a bootstrap."""
    metric, step = view["metric"], view["step"]
    arguments = {**evaluation_arguments(view), "metric": metric, "step": step}
    return context().results.get_or_compute(
        "ranking", view.version, arguments, lambda: board.ranking(metric, step), tuple[LeaderboardRow, ...]
    )


def _table(view: View, board: Leaderboard) -> Component:
    ranked = view["metric"]
    rows = ranking_of(view, board)
    heads = [html.Th("Model", scope="col")]
    heads += [_head(name, ranked=name == ranked) for name in COLUMNS]
    heads.append(html.Th(f"Best model is better by ({METRIC_NAMES[ranked]})", scope="col"))
    best = {name: _best(rows, name) for name in COLUMNS}
    body = [_row(row, best, ranked, chosen=row.model == view["model"]) for row in rows]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], size="sm", class_name="standings")
    return scrolling(table, "Scores of all models")


def scrolling(table: Component, name: str) -> Component:
    """Return a table that may be wider than the screen, reachable by keyboard."""
    return html.Div(table, className="table-place", tabIndex="0", role="region", **{"aria-label": name})


def _cards(view: View, board: Leaderboard) -> Component:
    """Return links to the cards of the model sets."""
    names = dict.fromkeys(name for name in board.model_sets if name is not None)
    if not names:
        return html.P("No model of this table was trained.", className="muted")
    links = [part for name in names for part in (", ", set_link(name, base=view.link(CARDS)))]
    return html.P(["Model card" if len(names) == 1 else "Model cards", ": ", *links[1:], "."], className="muted")


def _head(metric: str, *, ranked: bool) -> Component:
    name = METRIC_NAMES[metric]
    text = "80 % coverage" if metric == "coverage_80" else name
    sort = {"aria-sort": "ascending"} if ranked else {}
    return html.Th(term(name, text), scope="col", className="number ranked" if ranked else "number", **sort)


def _best(rows: Sequence[LeaderboardRow], metric: str) -> float | None:
    """Return the least loss; coverage has no best value, because it should be 80 %."""
    values = [value for row in rows if (value := row.scores[metric]) is not None]
    return min(values) if values and metric in METRIC_NAMES and metric != "coverage_80" else None


def _row(row: LeaderboardRow, best: dict[str, float | None], ranked: str, *, chosen: bool) -> Component:
    cells = [html.Th(display_name(row.model), scope="row", className="" if row.model in MAIN_MODELS else "muted")]
    for metric, least in best.items():
        value = row.scores[metric]
        classes = {"best": value is not None and value == least, "ranked": metric == ranked}
        names = ["number", *(name for name, holds in classes.items() if holds)]
        cells.append(html.Td(format_score(metric, value), className=" ".join(names)))
    cells.append(html.Td(row.behind, className="best" if row.best else "muted" if not row.distinguishable else ""))
    return html.Tr(cells, className="chosen" if chosen else "")


def about(board: Leaderboard | Reliability) -> Component:
    """Return the days of the evaluation, with the notes that a reader of the scores should know."""
    ends = [moment(second, board.time_zone, with_year=True) for second in (board.start, board.end)]
    text = (
        f"{counted(len(board.days), 'day').capitalize()} from {ends[0]} to {ends[1]}: {DAYS[board.kind]}. "
        f"{board.steps[0]} to {board.steps[-1]} steps ahead, from {whole(board.origins)} origins; intervals are from a "
        "bootstrap over days."
    )
    notes = [html.P(note, className="muted") for note in (text, *board.notes)]
    return html.Div(notes, className="about")
