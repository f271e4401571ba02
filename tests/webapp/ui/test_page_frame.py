"""Every page from any address, through the calls that a browser makes: a page or a notice, never an error."""

from __future__ import annotations

import json
from urllib.parse import quote_plus, urlencode

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from forecasting.catalog import Catalog
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR
from tests.webapp.rendering import CALLBACKS, found, post_page, rendered, stored_view, text_of
from webapp import create_app
from webapp.pages import PAGES
from webapp.ui import address
from webapp.ui.page_frame import RANGE_NAMES, control_id

PATHS = [page.path for page in PAGES]
KEYS = sorted({key.name for page in PAGES for key in (*address.COMMON, *page.keys)})
WRITTEN = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["sample", "hours", "absent", "1m", "15m", "custom", "7d", "2026-04-01", "1995-08-01T00:00+02:00"]),
    st.integers().map(str),
    st.floats().map(str),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> FlaskClient:
    """A client of an application with the sample and a data set of hours in Paris."""
    settings = Settings(home=tmp_path_factory.mktemp("frame") / "home")
    counts = np.arange(400.0)
    Catalog(settings).add(Series("hours", HOUR, 800_000_000 // HOUR * HOUR, counts, time_zone="Europe/Paris"))
    return create_app(settings).server.test_client()


def toast_of(answer) -> str | None:
    """What a callback that failed says in the corner."""
    return (answer.json or {}).get("sideUpdate", {}).get("toast", {}).get("children")


@pytest.mark.parametrize("path", PATHS)
class TestAnyAddress:
    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(query=st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), WRITTEN, max_size=6))
    def test_any_text_in_any_key_is_a_page(self, browser, path, query):
        answer = post_page(browser, path, f"?{urlencode(query, errors='surrogatepass')}" if query else "")
        assert answer.status_code == 200, answer.text
        assert toast_of(answer) is None
        assert found(answer.json["response"]["_pages_content"]["children"], className="page-body")

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(search=st.text(max_size=60))
    def test_any_search_is_a_page(self, browser, path, search):
        answer = post_page(browser, path, f"?{search}")
        assert answer.status_code == 200, answer.text
        assert found(answer.json["response"]["_pages_content"]["children"], className="page-body")

    @pytest.mark.parametrize(
        "search", ["?%ff=%00&dataset=%ff%fe", "?" + "&".join(f"a{n}=1" for n in range(900)), "?=&&="]
    )
    def test_odd_addresses_are_pages(self, browser, path, search):
        assert post_page(browser, path, search).status_code == 200

    def test_the_store_holds_the_view_and_gives_it_back(self, browser, path):
        (page,) = (page for page in PAGES if path == page.path)
        query = {"dataset": "hours", "range": "custom", "start": "1995-05-12"}
        stored = stored_view(rendered(browser, path, **query), page.name)
        assert {name: stored["values"][name] for name in query} == query
        assert {"start", "end"} <= set(stored["of_dataset"])
        with browser.application.test_request_context("/"):
            again = address.of_store(json.loads(json.dumps(stored)), page.keys)
            assert again.to_store() == {name: value for name, value in stored.items() if name != "of_dataset"}

    def test_the_page_has_a_heading(self, browser, path):
        (page,) = (page for page in PAGES if path == page.path)
        tree = rendered(browser, path)
        assert found(tree, className="visually-hidden", children=page.title)
        assert stored_view(tree, page.name)["page"] == page.name


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.shows_data])
class TestContextBar:
    def test_it_says_what_is_shown(self, browser, path):
        tree = rendered(browser, path, dataset="hours", range="7d")
        (chip,) = found(tree, className="context-chip")
        assert chip["children"] == f"hours · 1h · {RANGE_NAMES['7d']}"
        (facts,) = found(tree, className="context-facts")
        assert facts["children"] == "Europe/Paris · last bin 1995-05-25 23:00 · 16 d 16 h"
        (choice,) = found(tree, id=control_id("dataset"))
        assert (choice["value"], choice["options"]) == ("hours", ["nasa-http", "sample", "hours"])

    def test_the_sample_is_marked_as_synthetic_and_real_traffic_is_not(self, browser, path):
        sample = rendered(browser, path, dataset="sample")
        assert found(sample, children="synthetic")
        assert "You are looking at synthetic traffic. Bring your own log or CSV." in text_of(sample)
        first = rendered(browser, path)
        assert not found(first, children="synthetic")
        assert "You are looking at real traffic: NASA's web server in July and August 1995. Bring" in text_of(first)
        real = rendered(browser, path, dataset="hours")
        assert not found(real, children="synthetic")
        assert not found(real, className="hint")

    def test_notices_stand_on_the_page(self, browser, path):
        tree = rendered(browser, path, timeframe="7m", range="month")
        notices = found(tree, class_name="notice")
        assert [notice["children"].split(" must ")[0] for notice in notices] == ["timeframe", "range"]


def test_control_ids_are_unique_on_every_page(browser):
    for path in PATHS:
        ids = [json.dumps(props["id"], sort_keys=True) for props in found(rendered(browser, path)) if "id" in props]
        assert len(ids) == len(set(ids)), path


def test_a_catalog_that_cannot_be_read_is_a_page_that_says_so(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalog.sqlite3").write_text("this is no database " * 100)
    client = create_app(Settings(home=home)).server.test_client()
    for path in PATHS:
        answer = post_page(client, path, "")
        assert answer.status_code == 200
        tree = answer.json["response"]["_pages_content"]["children"]
        assert "This cannot be shown" in text_of(tree) or "sample" in json.dumps(tree), path


ROUTING = ".._pages_content.children..._pages_store.data.."
LOCATION = [{"id": "_pages_location", "property": name, "value": "/"} for name in ("pathname", "search")]
BAD_BODIES = [
    {"output": ROUTING},
    {"output": ROUTING, "inputs": []},
    {"output": ROUTING, "inputs": [1, 2]},
    {"output": ROUTING, "inputs": [{}, {}]},
    {"output": ROUTING, "inputs": LOCATION[:1]},
    {"output": ROUTING, "inputs": [[1], [None]]},
    {"output": ROUTING, "inputs": LOCATION, "state": [1]},
    {"output": ROUTING, "inputs": LOCATION, "outputs": 1},
    {"output": "absent.children", "inputs": []},
    {"output": None, "inputs": []},
    [],
    "text",
    1,
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=repr)
def test_what_no_browser_sends_is_refused(browser, body):
    browser.get("/", headers={"Accept": "text/html"})
    answer = browser.post(CALLBACKS, json=body)
    assert answer.status_code == 400
    assert answer.json["success"] is False


@pytest.mark.parametrize("value", [None, 5, [], {}, True, "?a=b"], ids=repr)
def test_a_location_of_any_kind_is_no_error_of_the_server(browser, value):
    browser.get("/", headers={"Accept": "text/html"})
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    inputs = [{**one, "value": value} for one in LOCATION]
    body = {"output": ROUTING, "outputs": outputs, "inputs": inputs, "changedPropIds": []}
    assert browser.post(CALLBACKS, json=body).status_code < 500


def test_a_page_of_the_past_is_told_to_reload(browser):
    browser.get("/", headers={"Accept": "text/html"})
    answer = browser.post(CALLBACKS, json={"output": "renamed.children", "inputs": []})
    assert answer.json["message"] == "Callback not found; reload the page."


def test_the_address_of_a_page_is_its_path_for_browsers_only(browser):
    assert browser.get("/scaling", headers={"Accept": "text/html"}).mimetype == "text/html"
    assert browser.get(f"/scaling?dataset={quote_plus('a b')}", headers={"Accept": "text/html"}).status_code == 200
