"""Track record: which model has been how good, on the same days and the same targets as every other."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting.evaluation import (
    METRIC_NAMES,
    TEST,
    VALIDATION,
    ZERO_SHOT,
    Leaderboard,
    Reliability,
    Standing,
    name_of,
    written,
)
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import counted, moment, whole
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import BOARD, KEYS, NAME, judging, models_there
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
    TEST: "days that followed the training of the models",
    VALIDATION: "validation days, forecast before the models learnt from them",
    ZERO_SHOT: "days of a series that no model has learnt from",
}


def panel() -> Component:
    """The tab without its data."""
    return sections.awaiting(BOARD, BODY)


def register(app: Dash) -> None:
    """The callback of the tab, which has the models judged where that is not done yet."""

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
        return sections.in_place(lambda: asked(view))


def asked(view: View) -> tuple[object, object]:
    """What the tab shows, and what it asks for."""
    if not models_there(view):
        return sections.nothing_yet(), no_update
    found = BOARD.ask(view.version, judging(view))
    return sections.of_job(found, "The models could not be judged", lambda board: drawn(view, board))


def drawn(view: View, board: Leaderboard) -> list[Component]:
    """The table, and the error by horizon and by hour of day."""
    metric, step = view["metric"], view["step"]
    title = board.steps_sentence(view["model"], metric) or "Error by how far ahead"
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
    return None if step == "all" else "Over all bins ahead."


def standings(view: View, board: Leaderboard) -> Sequence[Standing]:
    """The rows at a view's metric and step; the intervals in them are drawn once."""
    metric, step = view["metric"], view["step"]
    arguments = {**judging(view), "metric": metric, "step": step}
    return context().answers.remember(
        "standings", view.version, arguments, lambda: board.standings(metric, step), tuple[Standing, ...]
    )


def _table(view: View, board: Leaderboard) -> Component:
    ranked = view["metric"]
    rows = standings(view, board)
    heads = [html.Th("Model", scope="col")]
    heads += [_head(name, ranked=name == ranked) for name in COLUMNS]
    heads.append(html.Th(["The best is better in ", METRIC_NAMES[ranked], " by"], scope="col"))
    best = {name: _best(rows, name) for name in COLUMNS}
    body = [_row(row, best, ranked, chosen=row.model == view["model"]) for row in rows]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], size="sm", class_name="standings")
    return scrolling(table, "Every model's scores")


def scrolling(table: Component, name: str) -> Component:
    """A table that may be wider than the screen, reachable by keyboard."""
    return html.Div(table, className="table-place", tabIndex="0", role="region", **{"aria-label": name})


def _cards(view: View, board: Leaderboard) -> Component:
    """The cards of the sets that the models are from."""
    names = dict.fromkeys(board.model_sets)
    links = [part for name in names for part in (", ", set_link(name, base=view.link(CARDS)))]
    return html.P(["Model card" if len(names) == 1 else "Model cards", ": ", *links[1:], "."], className="muted")


def _head(metric: str, *, ranked: bool) -> Component:
    name = METRIC_NAMES[metric]
    text = "Coverage of 80 %" if metric == "coverage_80" else name
    sort = {"aria-sort": "ascending"} if ranked else {}
    return html.Th(term(name, text), scope="col", className="number ranked" if ranked else "number", **sort)


def _best(rows: Sequence[Standing], metric: str) -> float | None:
    """The least loss; coverage has no best, for it should be 80 %."""
    values = [row.scores[metric] for row in rows if row.scores[metric] is not None]
    return min(values) if values and metric in METRIC_NAMES and metric != "coverage_80" else None


def _row(row: Standing, best: dict[str, float | None], ranked: str, *, chosen: bool) -> Component:
    cells = [html.Th(name_of(row.model), scope="row", className="" if row.model in MAIN_MODELS else "muted")]
    for metric, least in best.items():
        value = row.scores[metric]
        classes = {"best": value is not None and value == least, "ranked": metric == ranked}
        names = ["number", *(name for name, holds in classes.items() if holds)]
        cells.append(html.Td(written(metric, value), className=" ".join(names)))
    cells.append(html.Td(row.behind, className="best" if row.best else "muted" if not row.distinguishable else ""))
    return html.Tr(cells, className="chosen" if chosen else "")


def about(board: Leaderboard | Reliability) -> Component:
    """On which days the figures were found, and what a reader should know of them."""
    ends = [moment(second, board.time_zone, with_year=True) for second in (board.start, board.end)]
    text = (
        f"{counted(len(board.days), 'day').capitalize()} from {ends[0]} to {ends[1]}: {DAYS[board.kind]}. "
        f"{board.steps[0]} to {board.steps[-1]} bins ahead, from {whole(board.origins)} origins; the intervals come "
        "from drawing whole days."
    )
    notes = [html.P(note, className="muted") for note in (text, *board.notes)]
    return html.Div(notes, className="about")
