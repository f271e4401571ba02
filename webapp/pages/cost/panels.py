"""The panels of the page: the comparison, two policies over time, the map, the prices and the report."""

from __future__ import annotations

from collections.abc import Mapping

from dash import ctx, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.scaling.comparison.replica_pair import ReplicaPair, replica_pair_of
from forecasting.scaling.config.prices import currency_at, price_list
from forecasting.timeseries.clock import moment_of
from webapp.app.context import context
from webapp.jobs.panel import PageJob
from webapp.pages.cost import charts, verdict
from webapp.pages.cost.layout import MAP_BUTTON, PLACES, REPORT_BUTTON
from webapp.pages.cost.policy_table import policies_table
from webapp.pages.cost.price_table import price_table
from webapp.pages.cost.requests import (
    GRID,
    QUICK,
    REPORT,
    TUNED,
    CachedComparison,
    address,
    cached_comparison,
    comparing,
    gridding,
    pair_names,
    reporting,
)
from webapp.ui.address import View
from webapp.ui.components.notices import empty, failed, problem, skeleton

FRESH, STALE = "stack", "stack stale"
FAILED = "The comparison failed"
TUNING_FAILED = "The full comparison failed; this is the preliminary result"


def comparison(view: View, shown: object) -> dict[str, object]:
    """Return the outputs of the comparison, and the requests of its jobs; `shown` is what is drawn already."""
    try:
        tuned = TUNED.ask(view.version, comparing(view, quick=False))
        quick = tuned if tuned.result else QUICK.ask(view.version, comparing(view, quick=True))
    except ForecastingError as error:
        return _instead(failed(error))
    if isinstance(tuned.result, Mapping):
        return _drawn(view, CachedComparison(tuned.result, True), shown)
    if quick.problem:
        return _instead(problem(FAILED, quick.problem))
    if not isinstance(quick.result, Mapping):
        waiting = [skeleton(96), "", skeleton(460), *[""] * (len(PLACES) - 3)]
        return {**_nothing(), "places": _kept() if shown else waiting, "style": STALE, "quick": quick.request}
    failure = problem(TUNING_FAILED, tuned.problem) if tuned.problem else ""
    return {**_drawn(view, CachedComparison(quick.result, False), shown, failure), "tuned": tuned.request}


def _nothing() -> dict[str, object]:
    return {"places": _kept(), "style": no_update, "shown": no_update, "quick": no_update, "tuned": no_update}


def _kept() -> list[object]:
    return [no_update] * len(PLACES)


def _instead(failure: Component) -> dict[str, object]:
    """Show only what went wrong."""
    return {**_nothing(), "places": [failure, *[""] * (len(PLACES) - 1)], "style": FRESH, "shown": None}


def _drawn(view: View, made: CachedComparison, shown: object, failure: Component | str = "") -> dict[str, object]:
    first, second = pair_names(view, made.payload)
    key = context().results.key("shown", view.version, comparing(view, quick=not made.tuned))
    now = [key, first, second]
    if shown == now and not failure:
        return {**_nothing(), "style": FRESH}
    result = made.payload
    is_same = isinstance(shown, list) and shown[0] == key
    table = no_update if is_same else _policies(view, result, first)
    places = [
        html.Div([failure, verdict.answer(made)]),
        verdict.cards(result, first, second),
        charts.frontier_chart(result, first, second),
        table,  # the browser moves the mark of the selected policy, so that a sorted table stays sorted
        charts.breakdown_chart(result),
        verdict.extrapolation(result, first, second),
        verdict.method(result, first),
    ]
    return {**_nothing(), "places": places, "style": FRESH, "shown": now}


def _policies(view: View, result: Mapping, first: str) -> Component:
    link = html.A("Data (CSV)", href=address(view, "/cost/policies.csv"), className="plain-button", download="")
    words = (
        "All on the same days. Bold: the policy to use. Grey: results in hindsight, which used the "
        "evaluation days themselves. Click a name to select that policy; click a heading to sort."
    )
    head = html.Div([html.H2("All policies", className="chart-title"), html.Div(link, className="chart-tools")])
    head.className = "chart-head"
    return html.Div([head, html.P(words, className="chart-summary"), policies_table(result, first)], className="panel")


def pair(view: View, span: tuple[int, int] | None = None) -> ReplicaPair | None:
    """Return the two policies of a view between two wall seconds (None: all days); None if there is no comparison."""
    result = cached_comparison(view)
    if result is None:
        return None
    return replica_pair_of(result.payload, view.series, pair_names(view, result.payload), span)


def pair_place(view: View) -> Component:
    """Return the chart of the two policies; nothing if there is no comparison."""
    result, drawn = cached_comparison(view), pair(view)
    return charts.pair_chart(result.payload, drawn, view) if result and drawn else html.Div()


def zoomed(view: View, moved: dict | None) -> object:
    """Return the figure between the zoomed edges; no update if something else was moved."""
    moved = moved or {}
    edges = [moved.get(f"xaxis.range[{at}]") for at in (0, 1)]
    if None in edges and not moved.get("xaxis.autorange"):
        return no_update
    first, last = (None if edge is None else moment_of(str(edge)[:19], None) for edge in edges)
    result, drawn = cached_comparison(view), pair(view, None if first is None or last is None else (first, last))
    return charts.pair_of_view(result.payload, drawn, view) if result and drawn else no_update


def grid_map(view: View) -> dict[str, object]:
    """Return the map, or the button that starts it if it was not computed yet."""
    try:
        arguments = gridding(view)
    except ForecastingError as error:
        return {"place": failed(error), "ask": True, "request": no_update}
    cache = context().results
    grid = cache.find(cache.key(GRID.task, view.version, arguments))
    if grid is None and not _triggered(GRID, MAP_BUTTON):
        return {"place": "", "ask": False, "request": no_update}
    if not isinstance(grid, Mapping):
        state = GRID.ask(view.version, arguments)
        failure = problem("The map could not be computed", state.problem) if state.problem else ""
        return {"place": failure, "ask": not state.problem, "request": state.request}
    if not grid["cells"]:
        return {
            "place": empty("There is no map", "The period is too short for every start-up time."),
            "ask": True,
            "request": no_update,
        }
    result = cached_comparison(view)
    lost = result.payload["lost_request_price"] if result else 0.0
    return {"place": charts.map_chart(grid, view, lost, _currency(view)), "ask": True, "request": no_update}


def _triggered(job: PageJob, button: str) -> bool:
    """Whether the button of a job was clicked, or the job itself called."""
    return ctx.triggered_id == button or ctx.triggered_id in [one.component_id for one in job.inputs]


def prices(view: View) -> Component:
    """Return the price list of this server."""
    return price_table(price_list(context().settings), view["price"], _currency(view))


def _currency(view: View) -> str:
    return currency_at(view["price"], context().settings)


def report(view: View) -> dict[str, object]:
    """Return the link to the report, or the button that creates it."""
    try:
        arguments = reporting(view)
    except ForecastingError as error:
        return {"place": failed(error), "button": "d-none", "request": no_update}
    cache = context().results
    if cache.find(cache.key(REPORT.task, view.version, arguments)) is not None:
        link = html.A("Download the report", href=address(view, "/cost/report.html"), download="")
        return {"place": link, "button": "d-none", "request": no_update}
    if not _triggered(REPORT, REPORT_BUTTON):
        return {"place": "", "button": "", "request": no_update}
    state = REPORT.ask(view.version, arguments)
    failure = problem("The report could not be created", state.problem) if state.problem else ""
    return {"place": failure, "button": "d-none", "request": state.request}
