"""The figures of the page Cost, of the answers about the sample that travel with the packages."""

from __future__ import annotations

import copy
import gzip
import math
from collections.abc import Callable

import numpy as np
import orjson
import pytest

from forecasting.catalog.sample import sample_series
from forecasting.scaling.comparison.replica_pair import ReplicaPair, replica_pair_of
from tests.forecasting.traffic import MONDAY
from webapp.app.shipped_answers import shipped_answers
from webapp.ui.figures import cost, grids
from webapp.ui.figures.pairs import pair_figure
from webapp.ui.figures.theme import POLICY_DASHES, POLICY_ROLES, palette, policy_colour

MOST_BYTES = 60_000
FIRST, SECOND = "predictive:tuned", "reactive:smoothing"


@pytest.fixture(scope="module")
def payload() -> dict:
    return next(answer for answer in shipped_answers().values() if answer.get("series") == "sample")


@pytest.fixture(scope="module")
def grid() -> dict:
    return [answer for answer in shipped_answers().values() if "cells" in answer][-1]


@pytest.fixture(scope="module")
def pair(payload: dict) -> ReplicaPair:
    return replica_pair_of(payload, sample_series(), (FIRST, SECOND))


def frontier(payload: dict, **changes: object) -> dict:
    return cost.frontier({**payload, **changes}, FIRST, SECOND, payload["monthly"])


def lines(figure: dict) -> dict[str, dict]:
    return {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "lines"}


def row(payload: dict, policy: str) -> dict:
    return next(one for one in payload["policies"] if one["policy"] == policy)


@pytest.mark.parametrize(
    "draw",
    [
        lambda payload, grid, pair: frontier(payload),
        lambda payload, grid, pair: cost.breakdown(payload["policies"], payload["monthly"]),
        lambda payload, grid, pair: grids.saving_map(grid, 120, 0.001),
        lambda payload, grid, pair: grids.best_map(grid, 120, 0.001),
        lambda payload, grid, pair: pair_figure(pair, ("predictive", "reactive:smoothing"), 60),
    ],
    ids=["frontier", "breakdown", "savings", "best", "pair"],
)
def test_a_figure_is_small_plain_json(draw: Callable, payload: dict, grid: dict, pair: ReplicaPair) -> None:
    text = orjson.dumps(draw(payload, grid, pair))
    assert b"NaN" not in text
    assert len(gzip.compress(text)) < MOST_BYTES


class TestFrontier:
    def test_every_swept_policy_is_a_line_in_its_colour_and_dash(self, payload: dict) -> None:
        drawn = lines(frontier(payload))
        assert list(drawn) == list(payload["edges"])
        for name, trace in drawn.items():
            assert (trace["line"]["color"], trace["line"]["dash"]) == (policy_colour(name), POLICY_DASHES[name])

    def test_a_line_is_the_edge_for_a_month(self, payload: dict) -> None:
        edge, trace = payload["edges"]["predictive"], lines(frontier(payload))["predictive"]
        np.testing.assert_allclose(trace["y"], np.array(edge["cost"]) * payload["monthly"], rtol=1e-4)
        np.testing.assert_allclose(trace["x"], np.maximum(100 * np.array(edge["share"]), 0.02), rtol=1e-4)

    def test_every_row_of_the_table_is_a_mark_of_its_variant(self, payload: dict) -> None:
        marks = {t["marker"]["symbol"]: t["text"] for t in frontier(payload)["data"] if "text" in t}
        for symbol, variant in (("circle", "tuned"), ("circle-open", "default"), ("diamond-open", "hindsight")):
            assert marks[symbol] == [one["policy"] for one in payload["policies"] if one["variant"] == variant]
        assert marks["star"] == ["perfect-forecast", "oracle"]

    def test_the_policy_looked_at_is_ringed_and_named(self, payload: dict) -> None:
        figure = frontier(payload)
        ring, mine = figure["data"][-1], row(payload, FIRST)
        assert ring["x"] == pytest.approx([100 * mine["unmet_share"]], rel=1e-4)
        assert ring["y"] == pytest.approx([payload["monthly"] * mine["cost"]], rel=1e-4)
        assert [note["text"] for note in figure["layout"]["annotations"]] == ["objective", FIRST, SECOND, "optimum"]

    def test_what_missed_nothing_stands_at_the_left_edge(self, payload: dict) -> None:
        stars = next(t for t in frontier(payload)["data"] if t.get("marker", {}).get("symbol") == "star")
        assert row(payload, "perfect-forecast")["unmet_share"] == 0
        assert stars["x"][0] == pytest.approx(0.02)
        left = frontier(payload)["layout"]["xaxis"]
        assert left["range"][0] < math.log10(0.02)
        assert left["ticktext"][0] == "≤ 0.02"

    def test_the_objective_is_a_line_that_a_browser_can_move(self, payload: dict) -> None:
        shape = frontier(payload)["layout"]["shapes"][0]
        assert (shape["x0"], shape["x1"]) == (1.0, 1.0)

    def test_an_objective_of_minutes_has_minutes_on_its_axis(self, payload: dict) -> None:
        figure = frontier(payload, slo={"max_minutes_under_share": 0.05})
        mine = row(payload, FIRST)
        assert "minutes" in figure["layout"]["xaxis"]["title"]["text"]
        assert figure["data"][-1]["x"] == pytest.approx([100 * mine["minutes_under_share"]], rel=1e-4)

    def test_the_cost_axis_shows_the_policy_looked_at(self, payload: dict) -> None:
        for policy in (one["policy"] for one in payload["policies"]):
            figure = cost.frontier(payload, policy, SECOND, 1.0)
            low, high = figure["layout"]["yaxis"]["range"]
            assert low < row(payload, policy)["cost"] < high, policy


class TestBreakdown:
    def test_the_bars_add_up_to_what_is_written_at_their_end(self, payload: dict) -> None:
        figure = cost.breakdown(payload["policies"], payload["monthly"])
        sums = np.sum([trace["x"] for trace in figure["data"]], axis=0)
        notes = figure["layout"]["annotations"]
        np.testing.assert_allclose(sums, [note["x"] for note in notes], rtol=1e-3)
        assert [note["y"] for note in notes] == [one["policy"] for one in payload["policies"]]

    def test_parts_that_nobody_pays_are_left_out(self, payload: dict) -> None:
        names = [trace["name"] for trace in cost.breakdown(payload["policies"], 1.0)["data"]]
        assert names == ["serving", "idle", "starting up", "unmet requests"]
        launched = [{**payload["policies"][0], "launches_cost": 3.0}]
        assert "launches" in [trace["name"] for trace in cost.breakdown(launched, 1.0)["data"]]


class TestPair:
    def test_the_shade_lies_between_the_two_lines(self, pair: ReplicaPair) -> None:
        _, needed, base, mine, again, other, first, second = pair_figure(pair, ("predictive", "reactive"), 60)["data"]
        assert needed["fill"] == "tozeroy"
        assert base["y"] == again["y"] == np.minimum(pair.first, pair.second).tolist()
        assert mine["y"] == np.maximum(pair.first, base["y"]).tolist() == first["y"]
        assert other["y"] == second["y"] == pair.second.tolist()
        assert (mine["fill"], other["fill"]) == ("tonexty", "tonexty")

    def test_demand_and_replicas_share_their_time(self, pair: ReplicaPair) -> None:
        figure = pair_figure(pair, ("predictive", "reactive"), 60)
        assert figure["data"][0]["yaxis"] == "y2"
        assert {(t["x0"], t["dx"]) for t in figure["data"]} == {("2026-04-19 00:00", 60_000 * pair.steps_a_point)}

    def test_two_settings_of_one_policy_can_be_told_apart(self, pair: ReplicaPair) -> None:
        *_, first, second = pair_figure(pair, ("predictive", "predictive"), 60)["data"]
        assert first["line"]["color"] != second["line"]["color"]
        assert first["line"]["dash"] != second["line"]["dash"]

    def test_clocks_that_are_set_break_the_regular_times(self) -> None:
        values = np.array([1.0, np.nan, 3.0])
        wall = np.array([MONDAY, MONDAY + 60, MONDAY + 3660])
        odd = ReplicaPair(("a", "b"), 1, wall, values, values, np.ones(3), np.ones(3), (1.0, 1.0))
        trace = pair_figure(odd, ("fixed", "reactive"), 60)["data"][0]
        assert trace["x"] == ["2024-03-04 00:00", "2024-03-04 00:01", "2024-03-04 01:01"]
        assert trace["y"] == [1, None, 3]


class TestMap:
    def test_only_clear_differences_are_filled(self, grid: dict) -> None:
        figure = grids.saving_map(grid, 120, 1e9)
        clear = [(c, r) for r, line in enumerate(grid["cells"]) for c, cell in enumerate(line) if cell["clear"]]
        assert [(shape["x0"] + 0.5, shape["y0"] + 0.5) for shape in figure["layout"]["shapes"]] == clear
        bold = [text.startswith("<b>") for line in figure["data"][0]["text"] for text in line]
        assert bold == [cell["clear"] for line in grid["cells"] for cell in line]

    def test_a_loss_has_another_colour_than_a_saving(self, grid: dict) -> None:
        turned = copy.deepcopy(grid)
        for line in turned["cells"]:
            for cell in line:
                cell.update(saving=-0.2, clear=True)
        turned["cells"][0][0]["saving"] = 0.2
        fills = [shape["fillcolor"] for shape in grids.saving_map(turned, 120, 1e9)["layout"]["shapes"]]
        assert fills[0] not in fills[1:]
        assert len(set(fills[1:])) == 1

    def test_the_own_cell_is_the_nearest_one(self, grid: dict) -> None:
        boot, price = grid["boot_seconds"][2] + 1, grid["lost_request_prices"][3] * 1.1
        outline = grids.best_map(grid, boot, price)["layout"]["shapes"][-1]
        assert (outline["x0"] + 0.5, outline["y0"] + 0.5) == (3, 2)
        assert outline["line"]["color"] == palette().ink

    @pytest.mark.parametrize("price", [0.0, 1e-12, 1e9])
    def test_a_price_beyond_the_map_has_no_cell(self, grid: dict, price: float) -> None:
        cells = sum(len(line) for line in grid["cells"])
        assert len(grids.best_map(grid, 120, price)["layout"]["shapes"]) == cells

    def test_the_best_policy_has_its_colour_and_name(self, grid: dict) -> None:
        figure = grids.best_map(grid, 120, 1e9)
        assert figure["data"][0]["text"][0][0] == grid["cells"][0][0]["best"].rpartition(":")[2]


def test_policies_have_a_dash_each() -> None:
    assert POLICY_DASHES.keys() == POLICY_ROLES.keys()
