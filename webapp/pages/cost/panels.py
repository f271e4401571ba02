"""What the callbacks of the page draw: the comparison, two policies over time, the map, prices and downloads."""

from __future__ import annotations

from dash import ctx, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.scaling.comparison.replica_pair import ReplicaPair, replica_pair_of
from forecasting.scaling.config.prices import price_list
from forecasting.timeseries.clock import moment_of
from webapp.app.context import context
from webapp.pages.cost import charts, verdict
from webapp.pages.cost.layout import MAP_BUTTON, PLACES, REPORT_BUTTON
from webapp.pages.cost.policy_table import policies_table
from webapp.pages.cost.price_table import price_table
from webapp.pages.cost.requests import (
    GRID,
    QUICK,
    REPORT,
    TUNED,
    Kept,
    address,
    comparing,
    gridding,
    kept,
    pair_names,
    reporting,
)
from webapp.ui.address import View
from webapp.ui.components.notices import empty, failed, problem, skeleton

FRESH, STALE = "stack", "stack stale"
FAILED = "The comparison failed"
TUNING_FAILED = "The whole comparison failed; this is the first look"


def comparison(view: View, shown: object) -> dict[str, object]:
    """All that shows the comparison; `shown` is what is drawn already. What is not there yet is asked for."""
    try:
        tuned = TUNED.ask(view.version, comparing(view, quick=False))
        quick = None if tuned.answer else QUICK.ask(view.version, comparing(view, quick=True))
    except ForecastingError as error:
        return _instead(failed(error))
    if tuned.answer is not None:
        return _drawn(view, Kept(tuned.answer, True), shown)
    if quick.problem:
        return _instead(problem(FAILED, quick.problem))
    if quick.answer is None:
        waiting = [skeleton(96), "", skeleton(460), *[""] * (len(PLACES) - 3)]
        return {**_nothing(), "places": _kept() if shown else waiting, "style": STALE, "quick": quick.request}
    said = problem(TUNING_FAILED, tuned.problem) if tuned.problem else ""
    return {**_drawn(view, Kept(quick.answer, False), shown, said), "tuned": tuned.request}


def _nothing() -> dict[str, object]:
    return {"places": _kept(), "style": no_update, "shown": no_update, "quick": no_update, "tuned": no_update}


def _kept() -> list[object]:
    return [no_update] * len(PLACES)


def _instead(said: Component) -> dict[str, object]:
    """Only what went wrong."""
    return {**_nothing(), "places": [said, *[""] * (len(PLACES) - 1)], "style": FRESH, "shown": None}


def _drawn(view: View, found: Kept, shown: object, said: Component | str = "") -> dict[str, object]:
    first, second = pair_names(view, found.digest)
    key = context().answers.key("shown", view.version, comparing(view, quick=not found.tuned))
    now = [key, first, second]
    if shown == now and not said:
        return {**_nothing(), "style": FRESH}
    digest = found.digest
    table = no_update if shown and shown[0] == key else _policies(view, digest, first)
    places = [
        html.Div([said, verdict.answer(found)]),
        verdict.cards(digest, first, second),
        charts.frontier_chart(digest, first, second),
        table,  # the browser moves the mark of the policy looked at: a table that somebody sorted stays so
        charts.breakdown_chart(digest),
        verdict.extrapolation(digest, first, second),
        verdict.method(digest, first),
    ]
    return {**_nothing(), "places": places, "style": FRESH, "shown": now}


def _policies(view: View, digest: dict, first: str) -> Component:
    link = html.A("Data (CSV)", href=address(view, "/cost/policies.csv"), className="plain-button", download="")
    words = (
        "All on the same days. Bold: what the tuning days speak for. Muted: hindsight, which knew the days judged. A "
        "press on a name looks at that policy, one on a head sorts."
    )
    head = html.Div([html.H2("Every policy", className="chart-title"), html.Div(link, className="chart-tools")])
    head.className = "chart-head"
    return html.Div([head, html.P(words, className="chart-summary"), policies_table(digest, first)], className="panel")


def pair(view: View, span: tuple[int, int] | None = None) -> ReplicaPair | None:
    """The two policies of a view between two wall seconds (all days judged where None); None before they are there."""
    found = kept(view)
    return replica_pair_of(found.digest, view.series, pair_names(view, found.digest), span) if found else None


def pair_place(view: View) -> Component:
    """The chart of the two policies; nothing where there is no comparison to draw it from."""
    drawn = pair(view)
    return charts.pair_chart(kept(view).digest, drawn, view) if drawn else html.Div()


def zoomed(view: View, moved: dict | None) -> object:
    """The figure between the edges that somebody zoomed to; nothing where only something else was moved."""
    moved = moved or {}
    edges = [moved.get(f"xaxis.range[{at}]") for at in (0, 1)]
    if None in edges and not moved.get("xaxis.autorange"):
        return no_update
    span = None if None in edges else tuple(moment_of(str(edge)[:19], None) for edge in edges)
    drawn = pair(view, span)
    return no_update if drawn is None else charts.pair_of_view(kept(view).digest, drawn, view)


def grid_map(view: View) -> dict[str, object]:
    """The map where it is there, else the button that asks for it."""
    try:
        arguments = gridding(view)
    except ForecastingError as error:
        return {"place": failed(error), "ask": True, "request": no_update}
    answers = context().answers
    grid = answers.find(answers.key(GRID.task, view.version, arguments))
    if grid is None and not _triggered(GRID, MAP_BUTTON):
        return {"place": "", "ask": False, "request": no_update}
    if grid is None:
        asked = GRID.ask(view.version, arguments)
        said = problem("This failed", asked.problem) if asked.problem else ""
        return {"place": said, "ask": not asked.problem, "request": asked.request}
    if not grid["cells"]:
        return {"place": empty("There is no map", "No boot time fits these days."), "ask": True, "request": no_update}
    found = kept(view)
    lost = found.digest["lost_request_price"] if found else 0.0
    return {"place": charts.map_chart(grid, view, view["boot"], lost), "ask": True, "request": no_update}


def _triggered(job: object, button: str) -> bool:
    """Whether somebody pressed the button of a job, or the job itself called."""
    return ctx.triggered_id == button or ctx.triggered_id in [one.component_id for one in job.inputs]


def prices(view: View) -> Component:
    """The price list of this install."""
    return price_table(price_list(context().settings), view["price"])


def report(view: View) -> dict[str, object]:
    """The link to the report where it is written, else the button: it is written when somebody asks for it."""
    try:
        arguments = reporting(view)
    except ForecastingError as error:
        return {"place": failed(error), "button": "d-none", "request": no_update}
    answers = context().answers
    if answers.find(answers.key(REPORT.task, view.version, arguments)) is not None:
        link = html.A("Download the report", href=address(view, "/cost/report.html"), download="")
        return {"place": link, "button": "d-none", "request": no_update}
    if not _triggered(REPORT, REPORT_BUTTON):
        return {"place": "", "button": "", "request": no_update}
    asked = REPORT.ask(view.version, arguments)
    said = problem("The report was not written", asked.problem) if asked.problem else ""
    return {"place": said, "button": "d-none", "request": asked.request}
