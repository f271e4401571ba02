"""The overview: what it says of any data, how little it sends, and what a zoom changes."""

from __future__ import annotations

import gzip

import numpy as np
import orjson
import pytest
from flask.testing import FlaskClient

from forecasting.analysis import overview
from forecasting.catalog import Catalog
from forecasting.catalog.sample import sample_series
from forecasting.settings import Settings
from forecasting.timeseries.series import Series, Span
from tests.forecasting.traffic import MONDAY, daily_traffic
from tests.webapp.rendering import CALLBACKS, found, rendered, stored_view, text_of
from webapp import create_app
from webapp.pages.overview import layout as page
from webapp.pages.overview import requests
from webapp.ui.figures import overview as figures
from webapp.ui.figures.traffic import ROOM, traffic

CHARTS = ("requests", "explained", "week", "day", "distribution", "autocorrelation", "correlations")
MOST_BYTES = 60_000
DAY = 86_400


def figure_id(name: str) -> dict:
    return {"type": "chart", "name": f"overview-{name}"}


VIEW = {"type": "view", "page": "overview"}


def post(client: FlaskClient, output: tuple, inputs: dict, state: dict | None = None):
    """The answer to a callback of one output; inputs and state are `data` of components, a view under None."""
    (name, prop), (changed, *_) = output, inputs
    key = name if isinstance(name, str) else orjson.dumps(name, option=orjson.OPT_SORT_KEYS).decode()
    body = {
        "output": f"{key}.{prop}",
        "outputs": {"id": name, "property": prop},
        "inputs": [{"id": one or VIEW, "property": "data", "value": value} for one, value in inputs.items()],
        "state": [{"id": one or VIEW, "property": "data", "value": value} for one, value in (state or {}).items()],
        "changedPropIds": [f"{changed}.data"],
    }
    return client.post(CALLBACKS, json=body)


def drawn(client: FlaskClient, **query: str) -> list:
    """The page with its data, as the browser gets it."""
    return content(client, stored_view(rendered(client, "/", **query), "overview"))


def content(client: FlaskClient, view: dict) -> list:
    answer = post(client, ("overview-content", "children"), {page.SHOWN: {}}, {None: view})
    assert answer.status_code == 200, answer.text
    return answer.json["response"]["overview-content"]["children"]


def zoomed(client: FlaskClient, seen: list | None, **query: str) -> dict:
    """What the chart changes, by the path of what is changed."""
    view = stored_view(rendered(client, "/", **query), "overview")
    answer = post(client, (figure_id("requests"), "figure"), {page.SEEN: seen, page.OVERLAY: None}, {None: view})
    assert answer.status_code == 200, answer.text
    (patch,) = answer.json["response"].values()
    return {tuple(one["location"]): one["params"]["value"] for one in patch["figure"]["operations"]}


def figures_of(tree: object) -> dict[str, dict]:
    ids = [
        (props["id"], props["figure"])
        for props in found(tree)
        if isinstance(props.get("id"), dict) and "figure" in props
    ]
    return {identity["name"].removeprefix("overview-"): figure for identity, figure in ids}


def texts(tree: object, class_name: str) -> list[str]:
    return [text_of(props.get("children")) for props in found(tree, className=class_name)]


def stored(settings: Settings, series: Series, report: dict | None = None) -> FlaskClient:
    """A client of an application that holds this series."""
    Catalog(settings).add(series, report or {})
    return create_app(settings).server.test_client()


def counts(values: object, bin_seconds: int = 300) -> Series:
    return Series("shop", bin_seconds, MONDAY, np.array(values, float))


def test_nasa_http_at_first_sight(client):
    (answer,) = texts(drawn(client), "answer")
    assert answer.startswith("nasa-http: 42.2 requests/min on average, peak 405 on Thu 13 Jul 09:49; ")


def test_the_sample_at_first_sight(client):
    tree = drawn(client, dataset="sample")
    (answer,) = texts(tree, "answer")
    assert answer.startswith("sample: 198 requests/min on average, peak 1,180 on Fri 1 May 12:33; ")
    assert texts(tree, "kpi-value") == [
        "198", "1,180", "5.98 x", "1.3 %", "▲ 1.63 %", "2",
    ]  # fmt: skip
    assert texts(tree, "chart-title") == [
        "Highest on Fri 1 May 12:33: 1,180 requests/min, 6.0 x the mean",
        "Time of day and weekday explain 67 % of the variation: worth forecasting",
        "Busiest: Monday 14:00",
        "Weekday afternoons are 2.4 x the nights",
        "Between 135 and 250 requests/min half of the time",
        "Resembles the week before (0.70) more than the day before (0.66)",
        "Correlation between columns",
    ]
    said = text_of(tree)
    assert "Ticks on the axis: 44 bursts. Coloured: two events. Hatched: one gap." in said
    assert "There is no import report, because this data set was not imported." in said
    assert tuple(figures_of(tree)) == CHARTS


@pytest.mark.parametrize("query", [{}, {"overlay": "hour,day,week"}, {"timeframe": "15m", "overlay": "day"}])
def test_every_figure_is_small(client, query):
    drawings = figures_of(drawn(client, **query))
    sizes = {name: len(gzip.compress(orjson.dumps(figure))) for name, figure in drawings.items()}
    assert len(sizes) == len(CHARTS)
    assert max(sizes.values()) < MOST_BYTES, sizes
    points = {len(trace.get("x") or []) for figure in drawings.values() for trace in figure["data"]}
    assert max(points) <= 2_000


def test_the_links_show_the_same_data_on_the_next_pages(client):
    tree = drawn(client, timeframe="5m", range="7d", overlay="day")
    links = [props["href"] for props in found(tree, className="next-step")]
    assert links == ["/forecasts?timeframe=5m&range=7d", "/scaling?timeframe=5m&range=7d"]
    assert [props["href"] for props in found(drawn(client), className="next-step")] == ["/forecasts", "/scaling"]


@pytest.mark.parametrize(
    ("query", "rows"), [({"timeframe": "15m"}, 62 * 96), ({"range": "24h", "timeframe": "5m"}, 288)]
)
def test_the_data_button_gives_every_bin_that_is_shown(client, query, rows):
    (button,) = [props for props in found(drawn(client, **query)) if "data-url" in props]
    answer = client.get(button["data-url"])
    assert answer.mimetype == "text/csv"
    assert len(answer.text.strip().splitlines()) == rows + 1


def test_the_lines_laid_over_the_chart_are_those_of_the_url(client):
    chart = figures_of(drawn(client, overlay="week,hour"))["requests"]
    visible = {trace["name"]: trace["visible"] for trace in chart["data"][:4]}
    assert visible == {
        "one week earlier": True,
        "requests": True,
        "mean of the last hour": True,
        "mean of the last 24 h": False,
    }
    assert [bool(trace["x"]) for trace in chart["data"][:4]] == list(visible.values())
    boxes = [
        props
        for props in found(drawn(client, overlay="day"))
        if props.get("id") == {"type": "control", "key": "overlay"}
    ]
    assert boxes[0]["value"] == ["day"]
    assert "overlay must be some of hour, day, week, separated by commas (got 'month')" in text_of(
        rendered(client, "/", overlay="month")
    )


def test_a_zoom_brings_every_bin_and_fits_the_height(client):
    seen = ["2026-03-20 06:00:00.123", "2026-03-20 18:00"]
    changes = zoomed(client, seen, dataset="sample", overlay="day")
    times = changes["data", 1, "x"]
    assert sum("2026-03-20 06:00" <= time <= "2026-03-20 18:00" for time in times) == 12 * 60 + 1
    assert (times[0], times[-1]) == ("2026-03-02 00:00", "2026-05-02 23:59")
    assert [changes["data", at, "visible"] for at in range(4)] == [False, True, False, True]
    assert changes["data", 0, "x"] == []
    points = zip(times, changes["data", 1, "y"], strict=True)
    highest = max(y for time, y in points if "2026-03-20 06:00" <= time <= "2026-03-20 18:00")
    assert changes["layout", "yaxis", "range"] == pytest.approx([0, ROOM * highest])


def test_after_a_double_click_the_chart_is_as_at_first(client):
    first, changes = figures_of(drawn(client))["requests"], zoomed(client, None)
    for at in range(4):
        for field in ("x", "y", "visible", "line", "mode"):
            assert changes["data", at, field] == first["data"][at][field]
    assert changes["layout", "yaxis", "range"] == pytest.approx(first["layout"]["yaxis"]["range"])


def test_a_zoom_to_no_time_does_no_harm(client):
    view = stored_view(rendered(client, "/"), "overview")
    answer = post(
        client, (figure_id("requests"), "figure"), {page.SEEN: ["noon", "night"], page.OVERLAY: None}, {None: view}
    )
    assert answer.status_code < 500
    assert b"operations" not in answer.data


def test_the_second_look_computes_nothing(client, monkeypatch):
    first = drawn(client, range="14d")
    monkeypatch.setattr(requests, "overview", lambda *_: pytest.fail("computed again"))
    assert drawn(client, range="14d") == first


def test_where_all_is_unknown_every_chart_says_so(settings):
    series = daily_traffic(days=10).masked([Span(MONDAY + 2 * DAY, MONDAY + 4 * DAY)])
    report = {"outages": [{"start": "2024-03-06", "end": "2024-03-08", "source": "declared"}]}
    tree = drawn(stored(settings, series, report), dataset="test", range="custom", start="2024-03-06", end="2024-03-07")
    why = "This range has no known bin: all 96 bins are unknown. Choose a longer range or another one."
    assert text_of(tree).count(why) == 6
    assert set(figures_of(tree)) == {"explained"}
    assert "outage" in texts(tree, "panel details")[0]


def test_where_nothing_changes_the_charts_that_can_be_drawn_are(settings):
    tree = drawn(stored(settings, counts([7.0] * 3000)), dataset="shop")
    assert set(figures_of(tree)) == {"requests", "week", "day", "distribution"}
    assert "A constant series has no variation to explain." in text_of(tree)
    assert "Requests are constant in this range" in text_of(tree)


def test_one_day_and_one_bin(settings):
    own = stored(settings, counts(np.random.default_rng(1).poisson(50, 288)))
    tree = drawn(own, dataset="shop")
    assert set(figures_of(tree)) == set(CHARTS) - {"explained"}
    assert "This takes at least 4 known days; this series has 1." in text_of(tree)
    tree = drawn(own, dataset="shop", range="custom", start="2024-03-04", end="2024-03-04 00:05")
    assert texts(tree, "chart-title")[0].startswith("One bin: ")
    assert figures_of(tree)["requests"]["data"][1]["mode"] == "lines+markers"


def test_what_the_import_repaired_is_told(settings):
    report = {
        "format": "combined",
        "lines": 1234,
        "malformed": 7,
        "duplicates": 3,
        "duplicates_rule": "last",
        "dropped": {"negative": 2},
        "columns_kept_aside": ["cpu"],
        "notes": ["Times have no offset."],
    }
    gaps = [Span(MONDAY + hour * 7200, MONDAY + hour * 7200 + 900) for hour in range(20)]
    said = text_of(drawn(stored(settings, daily_traffic(days=9).masked(gaps), report), dataset="test"))
    for words in ("combined, 1,234 lines", "3, rule: last", "2 negative", "cpu", "Times have no offset."):
        assert words in said
    assert "And eight shorter ones." in said
    assert "Hatched: 20 gaps." in said


def test_what_another_import_or_name_of_the_same_counts_was_told_is_not_told_again(settings):
    catalog, series = Catalog(settings), daily_traffic(days=9)
    own = stored(settings, series, {"format": "combined", "lines": 1234})
    assert "combined, 1,234 lines" in text_of(drawn(own, dataset="test"))
    catalog.add(series, {"format": "csv", "lines": 99}, replace=True)
    said = text_of(drawn(own, dataset="test"))
    assert "csv, 99 lines" in said
    assert "1,234" not in said
    catalog.rename("test", "shop")
    assert text_of(drawn(own, dataset="shop")).startswith("shop: ")


def test_a_view_of_another_page_is_refused_in_place(client):
    assert "Reload it" in text_of(content(client, {"values": 3}))


def test_marks_stay_few_and_names_apart():
    rng = np.random.default_rng(3)
    bins = 5_000
    flags = {"is_burst": rng.random(bins) < 0.4, "is_event": rng.random(bins) < 0.2}
    series = Series("shop", 300, MONDAY, rng.poisson(50, bins).astype(float), **flags)
    found_ = overview(series)
    assert len(found_.bursts) > 1_000
    figure = traffic(found_, ())
    assert max(len(trace["x"]) for trace in figure["data"]) <= 3_000
    middles = sorted(np.datetime64(note["x"].replace(" ", "T")) for note in figure["layout"]["annotations"])
    assert 1 < len(middles) <= 12
    assert min(np.diff(middles)) > np.timedelta64(5_000 * 300, "s") * 0.05


def test_the_parts_of_the_variation_make_a_whole():
    for bin_seconds in (300, 7_200):
        found_ = overview(daily_traffic(days=30, bin_seconds=bin_seconds)).forecastability
        (bar,) = figures.explained(found_)["data"]
        assert sum(bar["x"]) == pytest.approx(100, abs=0.05)
        assert bar["base"] == pytest.approx([0, *np.cumsum(bar["x"])[:-1]], abs=0.05)
        assert len(bar["y"]) == (3 if found_.noise else 2)


def test_colours_are_those_of_the_theme(client):
    client.set_cookie("theme", "dark")
    dark = orjson.dumps(figures_of(drawn(client)))
    client.delete_cookie("theme")
    light = orjson.dumps(figures_of(drawn(client)))
    assert b"#6cb6ff" in dark
    assert b"#0b5fb0" not in dark
    assert b"#0b5fb0" in light


def test_the_heat_map_leaves_what_is_unknown_empty():
    week = overview(sample_series().slice(0, 3 * 1440)).week_hours
    (heat,) = figures.week(week)["data"]
    assert [all(cell is None for cell in row) for row in heat["z"]] == [False] * 3 + [True] * 4
