"""The page Data without a browser: the table, what comes of an upload, renaming and removing, the synthetic trace."""

from __future__ import annotations

import dataclasses
import io
import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.catalog.built_in import nasa_http_series
from forecasting.cli.import_command import import_command
from forecasting.errors import InputError
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.model_sets.cards import install_card
from tests.webapp.rendering import found, nodes, rendered, stored_view, text_of
from webapp import create_app
from webapp.pages.data import table
from webapp.pages.data.files import upload
from webapp.pages.data.files.fields import GROUPS, form

CSV = b"timestamp,requests_count,host\n" + b"".join(
    b"1995-08-01 %02d:%02d:00,%d,a\n" % (i // 60, i % 60, 10 + i % 7) for i in range(180)
)


@pytest.fixture
def shop() -> Series:
    return Series("shop", 60, 1_700_000_040, np.arange(3.0 * 1440) % 977, time_zone="Europe/Paris")


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


@pytest.fixture
def in_app(settings):
    """Within a request to an application with a home of its own."""
    with create_app(settings).server.test_request_context():
        yield settings


def plain(component: object) -> object:
    """A component as a browser gets it."""
    return json.loads(json.dumps(component, default=lambda one: one.to_plotly_json()))


def shown(component: object) -> str:
    return text_of(plain(component))


def cells(tree: object, name: str) -> dict[str, str]:
    """The texts of a row by column."""
    rows = [node["props"]["children"] for node in nodes(tree) if node["type"] == "Tr"]
    (row,) = (r for r in rows if found(r, id={"type": "data-details", "name": name}))
    return {props["data-column"]: text_of(props["children"]) for props in found(row) if "data-column" in props}


class TestTable:
    def test_with_the_built_in_ones_alone_it_says_what_to_do(self, in_app):
        tree = plain(table.section("sample", 0, in_app))
        assert "Only the built-in data sets are available so far. Drop an access log or a CSV" in text_of(tree)
        assert cells(tree, "sample")["State"] == "built incannot be changed or removed"
        for does in ("rename", "remove"):
            (button,) = found(tree, id={"type": f"data-{does}", "name": "sample"})
            assert button["disabled"]
            assert "built in" in button["title"]

    def test_a_row_says_what_there_is_and_leads_on(self, in_app, catalog, shop):
        info = catalog.add(shop)
        tree = plain(table.section("shop", info.end + 180, in_app))
        row = cells(tree, "shop")
        assert row["Period"] == "2023-11-14 23:14 – 2023-11-17 23:143 d · Europe/Paris"
        assert (row["Bin"], row["Bins"], row["Known"]) == ("1m", "4,320", "100 %")
        assert row["Requests"] == "1,992,000"
        assert row["State"] == "liveended 3 min ago"
        assert row["Models trained on it"] == "none"
        assert "Live now: shop." in text_of(tree)
        links = {props["href"] for props in found(tree) if "dataset=shop" in str(props.get("href"))}
        assert links == {f"{path}?dataset=shop" for path in ("/", "/forecasts", "/scaling", "/cost")}
        assert found(tree, href="/datasets/shop/series?format=csv")

    @pytest.mark.parametrize(
        ("age", "words"),
        [(31.4 * 365.25 * 86_400, "31 years ago"), (100 * 86_400, "100 days ago"), (90_000, "1 d 1 h ago")],
    )
    def test_what_is_old_is_historical(self, in_app, catalog, shop, age, words):
        info = catalog.add(shop)
        tree = plain(table.section("sample", int(info.end + age), in_app))
        assert cells(tree, "shop")["State"] == f"historical{words}"
        assert f"None is live: the newest bin ended {words}." in text_of(tree)

    def test_a_model_set_that_is_damaged_spoils_no_cell(self, in_app, catalog, shop):
        catalog.add(shop)
        install_card(in_app, "broken", "{")
        row = cells(plain(table.section("shop", 0, in_app)), "shop")
        assert row["Models trained on it"] == "none"
        assert row["Bins"] == "4,320"

    def test_the_shipped_set_is_named_where_it_learnt_from_the_data(self, in_app, catalog):
        catalog.add(dataclasses.replace(nasa_http_series(), name="nineties"))
        tree = plain(table.section("x", 0, in_app))
        assert cells(tree, "nineties")["Models trained on it"] == "nasa-http1m, 5m, 15m"
        assert found(tree, href="/model-cards?dataset=nineties&model_set=nasa-http")

    def test_a_read_only_install_says_why_nothing_can_be_changed(self, settings, catalog, shop):
        catalog.add(shop)
        client = create_app(dataclasses.replace(settings, read_only=True)).server.test_client()
        page = rendered(client, "/data")
        assert "This install is read-only (DATAFLOW_READ_ONLY=1). You can preview an import" in text_of(page)
        for name in ("data-fetch", "data-trace-save"):
            assert found(page, id=name)[0]["disabled"]
        with create_app(dataclasses.replace(settings, read_only=True)).server.test_request_context():
            tree = plain(table.section("shop", 0, dataclasses.replace(settings, read_only=True)))
        (button,) = found(tree, id={"type": "data-remove", "name": "shop"})
        assert (button["disabled"], button["title"]) == (True, "This install is read-only (DATAFLOW_READ_ONLY=1).")


class TestPage:
    def test_it_keeps_its_view_and_shows_no_bar(self, own_client):
        page = rendered(own_client, "/data", dataset="sample", add="synthetic", trace_days="7")
        values = stored_view(page, "data")["values"]
        assert (values["add"], values["trace_days"], values["trace_level"]) == ("synthetic", 7, 180.0)
        assert not found(page, className="context-bar")

    def test_every_field_of_the_call_is_on_the_form(self, own_client):
        documented = own_client.get("/openapi.json").json["components"]["schemas"]["ImportForm"]["properties"]
        ids = [props["id"] for props in found(plain(form())) if isinstance(props.get("id"), dict)]
        fields = {one["field"] for one in ids if "field" in one}
        assert fields == set(documented) - {"file", "dry_run", "replace"}

    def test_every_option_of_the_command_line_is_a_field_of_the_call(self, own_client):
        documented = own_client.get("/openapi.json").json["components"]["schemas"]["ImportForm"]["properties"]
        options = {option.name for option in import_command.params} - {"files", "as_json", "json", "quiet", "outages"}
        assert options <= set(documented), options - set(documented)

    def test_nonsense_in_the_url_is_named(self, own_client):
        page = rendered(own_client, "/data", add="magic", trace_start="soon", trace_zone="Mars/Olympus")
        assert "add must be one of upload, nasa, synthetic, collector (got 'magic')." in text_of(page)
        assert "trace_start must be a day such as 2026-03-02 (got 'soon')." in text_of(page)
        assert "(got 'Mars/Olympus')" in text_of(page)


def answer_to(client, content: bytes = CSV, filename: str = "shop.csv", **fields) -> dict:
    """What the script puts into the store after sending a file."""
    data = {"file": (io.BytesIO(content), filename), "name": "shop", **fields}
    response = client.post("/datasets", data=data, content_type="multipart/form-data")
    return {"status": response.status_code, "dry_run": "dry_run" in fields, "body": response.json}


class TestUpload:
    def test_what_would_be_imported_is_told_with_a_chart(self, own_client, in_app):
        answer = upload.answer_of(answer_to(own_client, dry_run="true"))
        tree = plain(upload.outcome(answer, ["name"]))
        text = text_of(tree)
        assert "180 rows (format csv) give 180 bins of 1m from 1995-08-01 00:00:00 to 1995-08-01 03:00:00" in text
        assert "Columns ignored: host" in text
        assert "The time zone is unknown." in text
        (graph,) = found(tree, id={"type": "chart", "name": "data-preview"})
        assert len(graph["figure"]["data"][0]["y"]) == 180
        assert upload.permission(answer, "shop", is_stale=False)[:3] == ("Import", "primary", False)

    @pytest.mark.parametrize(
        ("name", "is_stale", "expected"),
        [
            ("No Name", False, {"is_off": True, "name_note": "name must be 1 to 63 characters of a-z"}),
            ("", False, {"is_off": True, "name_note": "name must be 1 to 63 characters of a-z"}),
            ("sample", False, {"is_off": True, "note": "Cannot add sample: sample is a built-in data set"}),
            ("taken", False, {"is_off": False, "label": "Replace taken", "replace": True, "colour": "danger"}),
            ("shop", True, {"is_off": True, "note": "The settings have changed"}),
        ],
    )
    def test_what_stands_against_an_import_is_told(self, own_client, in_app, catalog, shop, name, is_stale, expected):
        catalog.add(dataclasses.replace(shop, name="taken"))
        answer = upload.answer_of(answer_to(own_client, dry_run="true"))
        got = upload.permission(answer, name, is_stale)._asdict()
        for field, value in expected.items():
            assert got[field] == value if isinstance(value, bool) else got[field].startswith(value), field

    def test_nothing_may_be_imported_before_it_was_looked_at_or_after(self, own_client, in_app):
        assert upload.permission(None, "shop", is_stale=False).is_off
        assert upload.permission(upload.answer_of(answer_to(own_client)), "other", is_stale=False).is_off

    def test_a_read_only_install_lets_look_and_says_why_no_more(self, own_client, settings):
        answer = upload.answer_of(answer_to(own_client, dry_run="true"))
        with create_app(dataclasses.replace(settings, read_only=True)).server.test_request_context():
            given = upload.permission(answer, "shop", is_stale=False)
        assert (given.is_off, "read-only (DATAFLOW_READ_ONLY=1)" in given.note) == (True, True)

    def test_an_import_leads_on(self, own_client, in_app):
        tree = plain(upload.outcome(upload.answer_of(answer_to(own_client)), []))
        assert "shop was imported. 180 rows (format csv)" in text_of(tree)
        (look,) = found(tree, children="Open the overview")
        assert look["href"] == "/?dataset=shop"

    @pytest.mark.parametrize(
        ("content", "fields", "words"),
        [
            (b"", {}, "shop.csv is empty."),
            (b"when,how many\n1,2\n", {"format": "csv"}, "is no table: no column holds times in most of its rows"),
            (b"[Sun Dec 04 04:47:44 2005] [notice] ok\n", {}, "none with a request or a status"),
            (CSV, {"time_zone": "Mars/Olympus"}, "(got 'Mars/Olympus')"),
            (CSV, {"name": "No Name"}, "name"),
        ],
    )
    def test_what_is_refused_is_told_in_its_place(self, own_client, in_app, content, fields, words):
        answer = upload.answer_of(answer_to(own_client, content, dry_run="true", **fields))
        text = shown(upload.outcome(answer, ["time_zone", "name"]))
        assert "These files cannot be read with these settings" in text
        assert words in text

    @pytest.mark.parametrize(
        ("status", "words"),
        [(upload.CANCELLED, "it stopped"), (upload.UNREACHABLE, "No response from the serverit stopped")],
    )
    def test_what_never_got_an_answer_is_told(self, in_app, status, words):
        answer = upload.answer_of({"status": status, "dry_run": True, "body": {"message": "it stopped"}})
        assert words in shown(upload.outcome(answer, []))

    @pytest.mark.parametrize("data", [None, 3, {}, {"status": "ok", "dry_run": True, "body": {}}, {"status": 200}])
    def test_what_no_script_of_ours_sent_is_refused(self, data):
        with pytest.raises(InputError, match="Reload the page"):
            upload.answer_of(data)

    def test_a_report_that_is_none_is_refused(self, in_app):
        answer = upload.answer_of({"status": 200, "dry_run": True, "body": {"report": {"name": 3}}})
        with pytest.raises(InputError, match="Invalid import report"):
            upload.outcome(answer, [])


WIDE = b"Time,GET 200,GET 404\n" + b"".join(b"2024-02-24 10:%02d:00,%d,%d\n" % (i, 5 + i, i % 3) for i in range(30))


def nodes_with(tree, kind: str) -> list[dict]:
    """The components whose id is of this type, in order."""
    ids = [props for props in found(tree) if isinstance(props.get("id"), dict)]
    return [props for props in ids if props["id"]["type"] == kind]


class TestFirstRows:
    def test_a_refused_table_offers_its_columns_and_the_ways_out(self, own_client, in_app):
        answer = upload.answer_of(answer_to(own_client, WIDE, "grafana.csv", dry_run="true"))
        text = shown(upload.outcome(answer, ["name"]))
        assert "Add them up with “Columns to add up”: GET 200,GET 404" in text
        assert "--" not in text
        tree = plain(upload.beginning(answer))
        assert "First rows of grafana.csv" in text_of(tree)
        values = {one["id"]["column"]: one["value"] for one in nodes_with(tree, "data-role")}
        assert values == {"Time": "time", "GET 200": "-", "GET 404": "-"}
        assert found(tree, className="data-first-rows")[0]["open"]

    def test_an_understood_table_shows_what_was_read_and_stays_closed(self, own_client, in_app):
        answer = upload.answer_of(
            answer_to(own_client, WIDE, "grafana.csv", dry_run="true", sum_columns="GET 200,GET 404")
        )
        tree = plain(upload.beginning(answer))
        values = {one["id"]["column"]: one["value"] for one in nodes_with(tree, "data-role")}
        assert values == {"Time": "time", "GET 200": "count", "GET 404": "count"}
        assert not found(tree, className="data-first-rows")[0]["open"]

    def test_unknown_lines_open_the_group_with_the_pattern(self, own_client, in_app):
        content = b"".join(b"240224 10:%02d:00 served\n" % i for i in range(20))
        answer = upload.answer_of(answer_to(own_client, content, "app.log", dry_run="true"))
        assert "“Pattern” as proposed" in shown(upload.outcome(answer, []))
        assert [group for group in GROUPS if upload.opens(group, answer, {})] == ["lines"]

    def test_a_wrong_field_opens_its_group(self, own_client, in_app):
        answer = upload.answer_of(answer_to(own_client, CSV, dry_run="true", status="9xx"))
        wrong = {error.field: error.message for error in answer.body.errors}
        assert [group for group in GROUPS if upload.opens(group, answer, wrong)] == ["filters"]

    def test_keys_of_records_can_be_chosen(self, own_client, in_app):
        answer = upload.answer_of(answer_to(own_client, b'{"zeit": 1708768800, "n": 3}\n' * 9, dry_run="true"))
        tree = plain(upload.beginning(answer))
        assert [one["id"]["column"] for one in nodes_with(tree, "data-role")] == ["zeit", "n"]


class TestAppend:
    def test_an_overlap_is_told_beside_its_field_with_ways_out(self, own_client, in_app):
        answer_to(own_client)
        answer = upload.answer_of(answer_to(own_client, dry_run="true", append="true"))
        text = shown(upload.outcome(answer, ["overlap"]))
        assert "These files cannot be appended with these settings" in text
        assert "180 bins with a count in both" in text
        (error,) = answer.body.errors
        assert upload.beside_field(error.message).endswith("with the same count.")
        assert not found(plain(upload.beginning(answer)), className="data-first-rows")[0]["open"]

    def test_a_later_span_is_offered_and_said_to_be_appended(self, own_client, in_app):
        answer_to(own_client)
        later = b"timestamp,requests_count\n1995-08-01 03:10:00,5\n1995-08-01 03:11:00,6\n"
        looked = upload.answer_of(answer_to(own_client, later, dry_run="true", append="true"))
        assert upload.permission(looked, "shop", is_stale=False, append=True)[:3] == (
            "Append to shop",
            "primary",
            False,
        )
        assert "2 bins are added to what is stored" in shown(upload.outcome(looked, []))
        done = upload.answer_of(answer_to(own_client, later, append="true"))
        assert "shop was extended." in shown(upload.outcome(done, []))


def test_a_damaged_data_set_is_marked_in_the_table(in_app, catalog, shop):
    catalog.add(shop)
    catalog.add(dataclasses.replace(shop, name="whole"))
    broken = (
        "UPDATE chunks SET payload = x'' WHERE position = 1 "
        "AND dataset_id IN (SELECT id FROM datasets WHERE name = 'shop')"
    )
    with closing(sqlite3.connect(in_app.catalog_path)) as connection, connection:
        connection.execute(broken)
    table.section("whole", 0, in_app)
    tree = plain(table.section("whole", 0, in_app))
    assert cells(tree, "shop")["State"].startswith("damagedchunk 1 of its requests_count has 0 bytes")
    assert "damaged" not in cells(tree, "whole")["State"]
