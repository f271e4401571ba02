"""The page Data through its callbacks: rename, remove, details, the job that fetches, the synthetic trace."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zlib

import numpy as np
import pytest
from dash import Dash

from forecasting.catalog import Catalog
from forecasting.errors import Conflict, ReadOnly, WorkFailed
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import TYPICAL, generate
from tests.webapp.rendering import CALLBACKS, rendered, stored_view, text_of
from webapp.app.factory import build
from webapp.jobs.tasks import fetch as job
from webapp.pages.data import collector, details, synthetic, trace_controls

DEFAULTS = {key.name: key.default for key in trace_controls.KEYS}


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    catalog = Catalog(settings)
    catalog.add(Series("shop", 60, 1_700_000_040, np.arange(3.0 * 1440) % 977, time_zone="UTC"))
    return catalog


@pytest.fixture
def app(settings) -> Dash:
    return build(settings)


VIEW = '{"page":"data","type":"view"}'


def wire(identity: str) -> object:
    """An id as it travels."""
    return json.loads(identity) if identity.startswith("{") else identity


def fire(app: Dash, trigger: str, values: dict[str, object], sets: str = "") -> tuple[dict, dict]:
    """What the callback of an input (id.property) sets, and what it sets besides; `values` are by id, else null.

    Where several have the input, it is the one whose outputs have `sets` in their names.
    """
    client = app.server.test_client()
    client.get("/", headers={"Accept": "text/html"})
    (output, spec), *_ = (
        (output, spec)
        for output, spec in app.callback_map.items()
        if "callback" in spec
        and sets in output
        and trigger in [f"{entry['id']}.{entry['property']}" for entry in spec["inputs"]]
    )

    def filled(entries: list[dict]) -> list[dict]:
        return [{**entry, "id": wire(entry["id"]), "value": values.get(entry["id"])} for entry in entries]

    pairs = [part.rsplit(".", 1) for part in output.strip(".").split("...")]
    parts = [{"id": wire(identity), "property": prop} for identity, prop in pairs]
    body = {
        "output": output,
        "outputs": parts if output.startswith("..") else parts[0],
        "inputs": filled(spec["inputs"]),
        "state": filled(spec["state"]),
        "changedPropIds": [trigger],
    }
    response = client.post(CALLBACKS, json=body)
    if response.status_code == 204:
        return {}, {}
    assert response.status_code == 200, response.text
    answer = response.json
    changed = {
        f"{name}.{re.sub('@.*', '', prop)}": value
        for name, props in answer["response"].items()
        for prop, value in props.items()
    }
    return changed, answer.get("sideUpdate") or {}


def rename(app: Dash, name: str, new: str) -> tuple[dict, dict]:
    return fire(app, "data-rename-do.n_clicks", {"data-renamed-name": name, "data-rename-to": new})


def remove(app: Dash, name: str, typed: str) -> tuple[dict, dict]:
    return fire(app, "data-remove-do.n_clicks", {"data-removed-name": name, "data-remove-typed": typed})


def names(catalog: Catalog) -> list[str]:
    return [info.name for info in catalog.list()]


class TestRename:
    def test_it_changes_the_name_the_table_and_the_address(self, app, catalog):
        changed, besides = rename(app, "shop", "store")
        assert names(catalog) == ["nasa-http", "sample", "store"]
        assert changed["data-rename-modal.is_open"] is False
        assert changed["data-moved.data"] == {"from": "shop", "to": "store"}
        assert "data-changed" in besides

    @pytest.mark.parametrize(
        ("name", "new", "words"),
        [
            ("shop", "No Name", "name must be 1 to 63 characters of a-z"),
            ("shop", "sample", "sample is a built-in data set, which never changes"),
            ("sample", "other", "sample is a built-in data set, which never changes"),
            ("shop", "taken", "Data set 'taken' already exists"),
            ("absent", "other", "Data set 'absent' not found"),
        ],
    )
    def test_what_is_refused_is_told_in_the_window(self, app, catalog, name, new, words):
        catalog.add(dataclasses.replace(catalog.get("shop"), name="taken"))
        changed, besides = rename(app, name, new)
        assert words in changed["data-rename-error.children"]
        assert "data-rename-modal.is_open" not in changed
        assert besides == {}
        assert names(catalog) == ["nasa-http", "sample", "shop", "taken"]

    def test_the_same_name_changes_nothing(self, app, catalog):
        assert rename(app, "shop", "shop")[0]["data-rename-modal.is_open"] is False


class TestRemove:
    def test_it_needs_the_name_typed(self, app, catalog):
        changed, _ = remove(app, "shop", "sho")
        assert changed == {"data-remove-error.children": "Type shop to remove it."}
        assert names(catalog) == ["nasa-http", "sample", "shop"]
        changed, besides = remove(app, "shop", "shop")
        assert changed["data-moved.data"] == {"from": "shop", "to": None}
        assert "data-changed" in besides
        assert names(catalog) == ["nasa-http", "sample"]

    def test_the_sample_stays(self, app, catalog):
        assert "which never changes" in remove(app, "sample", "sample")[0]["data-remove-error.children"]

    def test_a_read_only_install_keeps_everything(self, settings, catalog):
        app = build(dataclasses.replace(settings, read_only=True))
        assert "read-only" in remove(app, "shop", "shop")[0]["data-remove-error.children"]
        assert "read-only" in rename(app, "shop", "store")[0]["data-rename-error.children"]
        assert names(catalog) == ["nasa-http", "sample", "shop"]


def words_of(components: object) -> str:
    return text_of(json.loads(json.dumps(components, default=lambda one: one.to_plotly_json())))


class TestDetails:
    def test_the_report_and_the_call_that_appends(self, app, settings, catalog):
        client = app.server.test_client()
        content = b"timestamp,requests_count\n1995-08-01 00:00:00,1\n1995-08-01 00:05:00,x\n1995-08-01 00:10:00,3\n"
        form = {"file": (io.BytesIO(content), "a.csv"), "name": "small"}
        assert client.post("/datasets", data=form, content_type="multipart/form-data").status_code == 201
        with app.server.test_request_context(base_url="http://dataflow.example/"):
            text = words_of(details.body(catalog.info("small"), settings))
        assert "3 rows (format csv) give 3 bins of 5m" in text
        assert "2 of 3 (66.7 %), of 5m each" in text
        assert "curl -sS http://dataflow.example/datasets/small/points" in text
        assert '"1995-08-01 00:15:00"' in text

    def test_the_shown_calls_really_append(self, app, catalog):
        client = app.server.test_client()
        with app.server.test_request_context():
            calls = [collector.appending_call(catalog.info("shop")), collector.starting_call(1_700_000_000)]
        for call in calls:
            path = re.search(r"http://localhost(/\S+)", call)[1]
            answer = client.post(path, json=json.loads(re.search(r"-d '(.*)'$", call, flags=re.DOTALL)[1]))
            assert (answer.status_code, answer.json["added"]) == (200, 2), answer.text

    def test_the_sample_and_a_generated_one_have_no_report(self, app, settings, catalog):
        with app.server.test_request_context():
            assert "built in" in words_of(details.body(catalog.info("sample"), settings))
            assert "a collector sent its points" in words_of(details.body(catalog.info("shop"), settings))

    def test_the_source_and_terms_of_a_built_in_one_are_shown(self, app, settings, catalog):
        with app.server.test_request_context():
            shown = words_of(details.body(catalog.info("nasa-http"), settings))
        assert "Source and terms" in shown
        assert "The traces may be freely redistributed." in shown
        assert "nasa-http is built in; it cannot be changed, renamed or removed." in shown


class TestFetch:
    def test_a_name_that_is_taken_is_told_before_anything_is_fetched(self, app, catalog):
        changed, _ = fire(app, "data-fetch.n_clicks", {"data-fetch-name": "shop", "data-fetch-replace": []})
        assert (
            changed["data-fetch-error.children"]
            == "Data set 'shop' already exists. Choose another name, or replace it."
        )
        assert "job-data-fetch-request.data" not in changed

    def test_each_press_is_a_wish_of_its_own(self, app, catalog):
        values = {"data-fetch-name": "shop", "data-fetch-replace": ["replace"]}
        asked = [fire(app, "data-fetch.n_clicks", values)[0]["job-data-fetch-request.data"] for _ in range(2)]
        assert asked[0]["arguments"]["name"] == "shop"
        assert asked[0]["arguments"] != asked[1]["arguments"]

    def test_a_failure_names_the_cause_and_the_way_out(self, app):
        arguments = {"name": "nasa-http", "replace": False, "nonce": "a"}
        done = {"request": {"version": "", "arguments": arguments}, "problem": "offline"}
        changed, _ = fire(app, "job-data-fetch-done.data", {"job-data-fetch-done": done})
        text = text_of(changed["data-fetch-result.children"])
        assert "NASA-HTTP could not be fetched" in text
        assert "offline" in text
        assert "drop them together under 'Upload a log or CSV'" in text

    def test_the_task_fails_offline_in_words(self, settings, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        monkeypatch.setattr(job, "BACKOFF_SECONDS", 0)
        told = []
        with pytest.raises(WorkFailed, match="the proxy that this machine is told to use"):
            job.fetch_nasa(settings, lambda *said: told.append(said), "", name="nasa", replace=False, nonce="a")
        assert told == [(0.0, "Requesting the logs from the archive")]

    def test_the_task_refuses_early(self, settings, catalog):
        with pytest.raises(Conflict):
            job.fetch_nasa(settings, print, "", name="shop", replace=False, nonce="a")
        read_only = dataclasses.replace(settings, read_only=True)
        with pytest.raises(ReadOnly):
            job.fetch_nasa(read_only, print, "", name="nasa", replace=False, nonce="a")

    def test_the_share_rises_over_both_logs(self):
        told = []
        telling = job.Download(lambda share, doing: told.append((round(share, 3), doing)))
        for have, total in (
            (5_000_000, 20_000_000),
            (20_000_000, 20_000_000),
            (1_000_000, None),
            (16_000_000, 16_000_000),
        ):
            telling(have, total)
        assert [share for share, _ in told] == [0.087, 0.35, 0.525, 0.7]
        assert told[0][1] == "Fetching log 1 of 2: 5.0 of 20.0 MB"
        assert told[2][1] == "Fetching log 2 of 2: 1.0 MB"


class TestTrace:
    def test_the_defaults_are_the_generators(self):
        series = trace_controls.trace(DEFAULTS, "trace")
        assert np.array_equal(series.requests_count, generate("x", days=28).requests_count, equal_nan=True)

    def test_every_number_of_the_traffic_has_a_control(self):
        assert {control.field for control in trace_controls.CONTROLS} == {f.name for f in dataclasses.fields(TYPICAL)}

    @pytest.mark.parametrize("control", trace_controls.CONTROLS, ids=lambda control: control.key)
    def test_the_ends_of_every_control_make_a_trace(self, control):
        assert control.least <= control.slider[0] <= control.default <= control.slider[1] <= control.most
        for value in (control.least, control.most):
            values = {**DEFAULTS, "trace_days": 2, control.key: value}
            assert len(trace_controls.trace(values, "trace")) == 2 * 1440

    def test_the_preview_is_small_and_says_what_it_shows(self, app):
        query = {"trace_days": "366", "trace_bursts": "0", "trace_outages": "0", "trace_events": "1"}
        page = rendered(app.server.test_client(), "/data", add="synthetic", **query)
        changed, _ = fire(app, f"{VIEW}.data", {VIEW: stored_view(page, "data")}, sets="chart-title-data-trace")
        assert "no bursts, one event, no outages" in changed["chart-title-data-trace.children"]
        figure = changed['{"name":"data-trace","type":"chart"}.figure']
        assert len(figure["data"][0]["x"]) <= 1_500
        assert len(zlib.compress(json.dumps(figure).encode())) < 60_000

    def test_a_zoom_shows_every_bin(self, app):
        page = rendered(app.server.test_client(), "/data", add="synthetic", trace_days="30")
        trigger = '{"name":"data-trace","type":"chart"}'
        moved = {"xaxis.range[0]": "2026-03-05 00:00:00.1234", "xaxis.range[1]": "2026-03-05 12:00"}
        changed, _ = fire(app, f"{trigger}.relayoutData", {trigger: moved, VIEW: stored_view(page, "data")})
        operations = changed[f"{trigger}.figure"]["operations"]
        (times,) = (one["params"]["value"] for one in operations if one["location"] == ["data", 0, "x"])
        assert (len(times), times[0], times[-1]) == (720, "2026-03-05 00:00:00", "2026-03-05 11:59:00")

    @pytest.mark.parametrize("moved", [None, {}, {"autosize": True}, {"xaxis.range": [1, 2]}])
    def test_what_is_no_zoom_is_left_alone(self, moved):
        assert synthetic.shown_span(moved, "UTC") is None

    def test_it_is_kept_as_synthetic_under_its_name(self, app, catalog):
        page = rendered(app.server.test_client(), "/data", add="synthetic", trace_days="3", trace_zone="Europe/Paris")
        values = {VIEW: stored_view(page, "data"), "data-trace-name": "trial", "data-trace-replace": []}
        changed, besides = fire(app, "data-trace-save.n_clicks", values)
        assert "trial was created." in text_of(changed["data-trace-result.children"])
        assert "data-changed" in besides
        info = catalog.info("trial")
        assert (info.synthetic, info.bins, info.time_zone) == (True, 3 * 1440, "Europe/Paris")
        changed, _ = fire(app, "data-trace-save.n_clicks", values)
        assert "Data set 'trial' already exists" in changed["data-trace-error.children"]
        changed, _ = fire(app, "data-trace-save.n_clicks", {**values, "data-trace-replace": ["replace"]})
        assert "trial was created." in text_of(changed["data-trace-result.children"])
