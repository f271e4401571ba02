"""The report of a comparison: complete, self-contained, escaped, and readable without its scripts."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from forecasting.scaling.comparison.compare import compare
from forecasting.scaling.comparison.results import QUICK, CompareResult, compare_result
from forecasting.scaling.comparison.saving_text import saving_words
from forecasting.scaling.comparison.verdict import verdict_of
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation.replay import replay_of
from forecasting.settings import Settings
from forecasting.timeseries.formatting import exact, points_between
from forecasting.timeseries.synthetic import generate
from forecasting.version import installed_version
from webapp.ui.report.comparison_report import report_html

NASTY = """</script><script>alert("x")</script>'&amp;<b onload=alert(1)>"""
MADE = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
SCRIPTS = ["frontier-figure", "replicas-figure", "colours", "library", None]
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, its texts by the id they stand in, its table rows."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.rows: list[list[str]] = []
        self.scripts: dict[str | None, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tags = tuple(tag for tag, _ in self.open)
        self.texts.append((tags, data))
        if tags and tags[-1] == "script":
            self.scripts[self.open[-1][1].get("id")] = data
        elif "td" in tags or "th" in tags:
            self.rows[-1][-1] += f" {data}" if "small" in tags else data

    def said(self) -> str:
        """What a reader without scripts sees."""
        return "\n".join(text for tags, text in self.texts if not {"script", "style", "title"} & set(tags))


@pytest.fixture(scope="module")
def question(tmp_path_factory) -> ScalingRequest:
    series = replace(generate("traffic", days=10, seed=2), name=NASTY)
    settings = Settings(home=tmp_path_factory.mktemp("report"))
    return ScalingRequest(series=series, timeframe="15m", model_type="smoothing", settings=settings)


@pytest.fixture(scope="module")
def found(question) -> CompareResult:
    return compare_result(question)


@pytest.fixture(scope="module")
def html(found) -> str:
    return report_html(found, MADE)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attributes in page.elements:
        addresses = [attributes[name] for name in ("src", "href", "data", "srcset", "action") if attributes.get(name)]
        assert addresses in ([], ["data:,"]), tag
        assert not re.search(r"url\(|//", attributes.get("style") or "")
    (style,) = (text for tags, text in page.texts if tags[-1:] == ("style",))
    assert not re.search(r"url\(|@import|https?:", style)
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(", page.scripts[None])


def test_a_name_is_only_ever_text(page):
    assert [attributes.get("id") for tag, attributes in page.elements if tag == "script"] == SCRIPTS
    assert {tag for tag, _ in page.elements}.isdisjoint({"b", "iframe", "img", "object", "form"})
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    heads = ["".join(text for tags, text in page.texts if tags[-1:] == (tag,)) for tag in ("h1", "title")]
    assert all(NASTY in head for head in heads)
    for name in SCRIPTS[:3]:
        assert "<" not in page.scripts[name]


def test_every_policy_is_a_row_with_its_figures(page, found):
    rows = {row[0].split(" ")[0]: row for row in page.rows}
    for one in found.comparison.rows:
        cells, totals = rows[one.policy], one.totals
        assert cells[1:5] == [
            f"{totals.cost:,.2f}",
            f"{totals.mean_replicas:,.2f}",
            f"{100 * totals.unmet_share:.2f} %",
            f"{100 * totals.minutes_under_share:.2f} %",
        ]
        kept = "met" if one.meets_slo else "missed"
        assert cells[5] == (kept if one.hindsight else one.keeping.words)
        assert (cells[6] == "hindsight") is one.hindsight
        assert cells[7] == f"{100 * totals.regret:,.1f} %"
        assert all(f"{name} {exact(value, 4)}" in cells[0] for name, value in one.parameters.items())
        if one.policy == found.comparison.reference:
            assert cells[6] == "the reference"
        elif not one.hindsight and one.saving.low is not None:
            low, high = (
                (one.saving.low, one.saving.high) if one.saving.saving >= 0 else (-one.saving.high, -one.saving.low)
            )
            assert f"({points_between(low, high)})" in cells[6]
            assert ("less" if one.saving.saving >= 0 else "more") in cells[6]
            assert ("no clear difference" in cells[6]) is not one.saving.clear


def test_the_verdict_comes_first_and_in_words(page, found):
    said = page.said()
    places = [said.index(text) for text in (found.verdict.headline, found.verdict.availability, found.verdict.cost)]
    assert places == sorted(places)
    assert places[-1] < said.index("Cost against the share of unmet requests")
    assert found.verdict.assumption in said
    assert all(warning in said for warning in found.comparison.warnings)


def test_it_says_what_it_rests_on(page, found):
    said, replay = page.said(), found.comparison.replay
    for text in (
        f"{replay.service.capacity_per_minute:,.5g} requests per minute",
        "120 s from a decision",
        str(replay.slo),
        "2026-03-07 00:00:00 to 2026-03-12 00:00:00",
        "smoothing, model set nasa-http",
        "2,000 draws of whole days",
        f"Cost against {found.comparison.reference}, the best reactive policy",
        "AWS us-east-1 m5.large, 2026-07-20",
        "2026-03-20 12:30 UTC",
        f"DataFlow Autoscaling {installed_version()}",
    ):
        assert text in said, text


def test_the_sensitivity_is_a_table(page, found):
    rows = {row[0]: row for row in page.rows}
    assert found.variations
    for variation in found.variations:
        assert rows[variation.what][1] == saving_words(variation.saving)


def test_without_a_sensitivity_it_says_so(question):
    assert "were not tried" in Page(report_html(compare_result(question, **QUICK))).said()


def test_a_price_of_one_s_own_has_no_source(question):
    own = replace(question, service={"price_per_hour": 0.12345})
    said = Page(report_html(compare_result(own, **QUICK))).said()
    assert "0.12345 an hour for a replica. This price is your own; the price list has no such row." in said


def test_without_a_forecast_two_reactive_rules_are_drawn(question):
    comparison = compare(replay_of(question), policies=("reactive", "threshold"), knob_values=4)
    page = Page(report_html(CompareResult(comparison, [], verdict_of(comparison))))
    names = [trace["name"] for trace in json.loads(page.scripts["replicas-figure"])["data"]]
    assert (
        names == ["needed", *dict.fromkeys([verdict_of(comparison).pick, comparison.reference, "reactive:default"])][:3]
    )


def test_its_tables_can_be_heard(page):
    tables = [attributes["id"] for tag, attributes in page.elements if tag == "table"]
    assert tables == ["policies", "sensitivity"]
    assert [tag for tag, _ in page.elements].count("caption") == len(tables)
    assert {attributes.get("scope") for tag, attributes in page.elements if tag == "th"} == {"row", "col"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes}
    assert named <= set(ids)
    assert [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)] == ["h1", *["h2"] * 7]
    assert ("html", {"lang": "en"}) in page.elements


def test_the_frontier_has_a_line_a_policy_and_the_objective(page, found):
    figure = json.loads(page.scripts["frontier-figure"])
    lines = {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "lines"}
    for name, (shares, costs) in found.comparison.edges().items():
        assert lines[name]["x"] == pytest.approx(100 * shares, abs=1e-4)
        assert lines[name]["y"] == pytest.approx(costs, abs=1e-3)
        assert (costs[1:] < costs[:-1]).all()
    dots = {trace["name"]: trace for trace in figure["data"] if trace["mode"] != "lines"}
    tuned = {row.policy for row in found.comparison.rows if row.variant == "tuned"}
    assert set(dots) == tuned | {"perfect-forecast", "oracle"}
    assert dots["oracle"]["y"] == pytest.approx([found.comparison.row("oracle").totals.cost], abs=1e-3)
    assert figure["layout"]["shapes"][0]["x0"] == pytest.approx(1.0)


def test_the_library_is_plotly_packed(page, html):
    assert gzip.decompress(base64.b64decode(page.scripts["library"])).decode() == get_plotlyjs()
    assert len(html) < 2_500_000


def test_the_same_study_gives_the_same_page(found, html):
    assert report_html(found, MADE) == html
