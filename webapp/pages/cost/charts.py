"""The charts of the page with their titles and summaries."""

from __future__ import annotations

from collections.abc import Mapping

from dash.development.base_component import Component

from forecasting.scaling.comparison.replica_pair import ReplicaPair
from forecasting.scaling.config.objective import Objective
from forecasting.timeseries.formatting import duration, money, percent, whole
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.pages.cost.requests import BEST
from webapp.pages.cost.row_text import row_of
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.figures import cost as figures
from webapp.ui.figures import grids
from webapp.ui.figures.pairs import pair_figure

PAIR = "cost-pair"
BREAKDOWN_VARIANTS = ("tuned", "")
DEFAULTS_SHOWN = ("reactive:default", "fixed:default")
FRONTIER_WORDS = (
    "Each line is one policy with all its settings on the evaluation days; lower and further left is better. Filled "
    "marks: tuned on earlier days. Open marks: default settings. Diamonds: the best settings in hindsight, which "
    "nobody could have chosen in advance. Stars: plans that knew all demand beforehand."
)
BREAKDOWN_WORDS = (
    "Serving is the replica time that the served requests would fill at full capacity. Idle is the rest of the time in "
    "which replicas were ready: headroom and surplus. Unmet requests are priced at {price} per 1,000, {source}."
)
MAP_WORDS = (
    "For each cell every policy is tuned again, coarsely, with a price per unmet request instead of the objective. "
    "Filled cells are clear differences; the outlined cell is closest to your settings."
)


def frontier_chart(result: Mapping, first: str, second: str) -> Component:
    """Return the chart of cost against the share of unmet requests or under-provisioned minutes."""
    figure = figures.frontier(result, first, second, result["monthly"])
    return chart("cost-frontier", _frontier_title(result, first), figure, summary=FRONTIER_WORDS, height=460)


def _frontier_title(result: Mapping, first: str) -> str:
    row = row_of(result, first)
    share, cost = percent(figures.missed_share(result, row)), _monthly_cost(result, row)
    if Objective.of(result["slo"]).limits_requests:
        return f"{first} leaves {share} of requests unmet for {cost}"
    return f"{first} is under-provisioned {share} of the time for {cost}"


def _monthly_cost(result: Mapping, row: Mapping) -> str:
    return f"{money(result['monthly'] * row['cost'], figures.currency_of(result))} {result['per']}"


def breakdown_chart(result: Mapping) -> Component:
    """Return the chart of what each policy's money is spent on."""
    rows = [
        row
        for row in result["policies"]
        if row["variant"] in BREAKDOWN_VARIANTS or (row["policy"] in DEFAULTS_SHOWN and not _same_as_tuned(row, result))
    ]
    currency = figures.currency_of(result)
    given = result["service"]["lost_request_price"] is not None
    source = "the price that you gave" if given else "the lowest price at which the optimum meets the objective"
    words = BREAKDOWN_WORDS.format(price=money(1000 * result["lost_request_price"], currency), source=source)
    figure = figures.breakdown(rows, result["monthly"], currency, result["per"])
    title = _breakdown_title(row_of(result, result["brief"]["policy"]))
    return chart("cost-breakdown", title, figure, summary=words, height=90 + 30 * len(rows))


def _same_as_tuned(row: Mapping, result: Mapping) -> bool:
    return any(
        one["family"] == row["family"] and one["variant"] == "tuned" and one["parameters"] == row["parameters"]
        for one in result["policies"]
    )


def _breakdown_title(row: Mapping) -> str:
    idle = row["idle_cost"] / row["cost"] if row["cost"] else None
    parts = f"{percent(idle, 2)} is idle time, {percent(_start_up_share(row), 2)} is start-up time"
    return f"Of the cost of {row['policy']}, {parts}"


def _start_up_share(row: Mapping) -> float | None:
    return row["booting_cost"] / row["cost"] if row["cost"] else None


def pair_chart(result: Mapping, pair: ReplicaPair, view: View) -> Component:
    """Return the chart of the replicas of two policies over time."""
    return chart(PAIR, pair_title(pair), pair_of_view(result, pair, view), summary=pair_words(pair), height=460)


def pair_of_view(result: Mapping, pair: ReplicaPair, view: View) -> dict:
    """Return the figure of a pair of policies."""
    first, second = (row_of(result, name)["family"] for name in pair.names)
    return pair_figure(pair, (first, second), bin_seconds_of(view.timeframe))


def pair_title(pair: ReplicaPair) -> str:
    """State how many more replica-hours one of them used."""
    (first, second), (mine, other) = pair.names, pair.hours
    if first == second:
        return f"{first} used {whole(mine)} replica-hours"
    more = "more" if mine >= other else "fewer"
    share = f" ({percent(abs(mine / other - 1.0), 2)})" if other else ""
    return f"{first} used {whole(abs(mine - other))} {more} replica-hours{share} than {second}"


def pair_words(pair: ReplicaPair) -> str:
    """Describe what is drawn."""
    thinned = f" Each point is the maximum of {pair.steps_a_point} bins; zoom in to see every bin."
    return (
        "Ready replicas of both policies; the grey area is what each bin needed. The shading has the colour of the "
        f"policy that ran more.{thinned if pair.steps_a_point > 1 else ''}"
    )


def map_chart(grid: Mapping, view: View, lost_request_price: float, currency: str) -> Component:
    """Return the map of savings or of the best policies."""
    draw = grids.best_map if view["map"] == BEST else grids.saving_map
    figure = draw(grid, view["boot"], lost_request_price, currency)
    height = 110 + 46 * len(grid["boot_seconds"])
    return chart("cost-map", _map_title(grid), figure, summary=MAP_WORDS, height=height)


def _map_title(grid: Mapping) -> str:
    cells = [(cell, seconds) for seconds, row in zip(grid["boot_seconds"], grid["cells"], strict=True) for cell in row]
    clear = [one for one in cells if one[0]["clear"] and one[0]["saving"] > 0]
    if not clear:
        return "Forecasting has no clear saving at any of these start-up times and prices"
    best, seconds = max(clear, key=lambda one: one[0]["saving"])
    most = f"up to {percent(best['saving'], 2)} (start-up time {duration(seconds)})"
    return f"Forecasting saves clearly in {len(clear)} of {len(cells)} cells, {most}"
