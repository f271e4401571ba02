"""The charts of the page, and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping

from dash.development.base_component import Component

from forecasting.scaling.comparison.replica_pair import ReplicaPair
from forecasting.timeseries.formatting import duration, number, percent
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
    "Each line is one policy over all its settings on the days judged: lower and further left is better. Filled: tuned "
    "on earlier days. Open: its defaults. Diamonds: the best in hindsight, which nobody could have chosen. Stars knew "
    "all demand beforehand."
)
BREAKDOWN_WORDS = (
    "Serving is the time that the served requests fill at full capacity, idle the rest of the time of ready replicas: "
    "headroom and surplus. Unmet requests are priced at ${price} for 1,000, {source}."
)
MAP_WORDS = (
    "Every policy tuned anew and coarsely for each cell, with a price of a lost request in place of the objective. "
    "Filled cells are clear differences, the outlined one is nearest to the present settings."
)


def frontier_chart(digest: Mapping, first: str, second: str) -> Component:
    """Cost against the share missed."""
    figure = figures.frontier(digest, first, second, digest["monthly"])
    return chart("cost-frontier", _frontier_title(digest, first), figure, summary=FRONTIER_WORDS, height=460)


def _frontier_title(digest: Mapping, first: str) -> str:
    row = row_of(digest, first)
    missed = percent(figures.missed_share(digest, row))
    what = "requests" if "max_unmet_share" in digest["slo"] else "minutes"
    return f"{first} misses {missed} of {what} for ${digest['monthly'] * row['cost']:,.0f} a month"


def breakdown_chart(digest: Mapping) -> Component:
    """What each policy's money is paid for."""
    rows = [
        row
        for row in digest["policies"]
        if row["variant"] in BREAKDOWN_VARIANTS or (row["policy"] in DEFAULTS_SHOWN and not _same_as_tuned(row, digest))
    ]
    price = digest["lost_request_price"]
    given = digest["service"]["lost_request_price"] is not None
    source = "as given" if given else "the smallest price at which the optimum keeps the objective"
    words = BREAKDOWN_WORDS.format(price=number(1000 * price), source=source)
    figure = figures.breakdown(rows, digest["monthly"])
    title = _breakdown_title(row_of(digest, digest["brief"]["policy"]))
    return chart("cost-breakdown", title, figure, summary=words, height=90 + 30 * len(rows))


def _same_as_tuned(row: Mapping, digest: Mapping) -> bool:
    return any(
        one["family"] == row["family"] and one["variant"] == "tuned" and one["parameters"] == row["parameters"]
        for one in digest["policies"]
    )


def _breakdown_title(row: Mapping) -> str:
    idle = row["idle_cost"] / row["cost"] if row["cost"] else None
    return f"{percent(idle, 2)} of what {row['policy']} costs is idle, {percent(_booting(row), 2)} boots"


def _booting(row: Mapping) -> float | None:
    return row["booting_cost"] / row["cost"] if row["cost"] else None


def pair_chart(digest: Mapping, pair: ReplicaPair, view: View) -> Component:
    """Replicas of two policies over time."""
    return chart(PAIR, pair_title(pair), pair_of_view(digest, pair, view), summary=pair_words(pair), height=460)


def pair_of_view(digest: Mapping, pair: ReplicaPair, view: View) -> dict:
    """The figure of a pair."""
    families = tuple(row_of(digest, name)["family"] for name in pair.names)
    return pair_figure(pair, families, view.timeframe)


def pair_title(pair: ReplicaPair) -> str:
    """How much more one of them ran."""
    (first, second), (mine, other) = pair.names, pair.hours
    if first == second:
        return f"{first} ran {mine:,.0f} replica-hours"
    more = "more" if mine >= other else "fewer"
    share = f" ({percent(abs(mine / other - 1.0), 2)})" if other else ""
    return f"{first} ran {abs(mine - other):,.0f} replica-hours {more}{share} than {second}"


def pair_words(pair: ReplicaPair) -> str:
    """What is drawn."""
    several = (
        f" A point is the highest of {pair.steps_a_point} bins; zoom in for each." if pair.steps_a_point > 1 else ""
    )
    return (
        f"Ready replicas of both; grey is what each bin needed. Shaded in the colour of the one that ran more.{several}"
    )


def map_chart(grid: Mapping, view: View, boot_seconds: float, lost_request_price: float) -> Component:
    """The map, of savings or of the best policies."""
    draw = grids.best_map if view["map"] == BEST else grids.saving_map
    figure = draw(grid, boot_seconds, lost_request_price)
    height = 110 + 46 * len(grid["boot_seconds"])
    return chart("cost-map", _map_title(grid), figure, summary=MAP_WORDS, height=height)


def _map_title(grid: Mapping) -> str:
    cells = [(cell, seconds) for seconds, row in zip(grid["boot_seconds"], grid["cells"], strict=True) for cell in row]
    clear = [one for one in cells if one[0]["clear"] and one[0]["saving"] > 0]
    if not clear:
        return "Forecasting saves clearly at none of these boot times and prices"
    best, seconds = max(clear, key=lambda one: one[0]["saving"])
    saved = percent(best["saving"], 2)
    return f"Forecasting saves clearly in {len(clear)} of {len(cells)} cells, up to {saved} (boot {duration(seconds)})"
