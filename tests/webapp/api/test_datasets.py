"""The data sets: list, read, import, rename, remove."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from forecasting.settings import Settings
from webapp import create_app
from webapp.api import request_parsing

LOG = "".join(
    f'10.0.0.{i % 250} - - [01/Aug/1995:00:{i // 10 % 60:02d}:{i % 60:02d} -0400] "GET /p{i % 5} HTTP/1.0" '
    f"{200 if i % 10 else 404} 1839\n"
    for i in range(600)
).encode()
CSV = b"timestamp,requests_count\n" + b"".join(
    b"1995-08-01 %02d:%02d:00,%d\n" % (i // 60, i % 60, 10 + i % 7) for i in range(180)
)


def upload(client, name: str = "shop", *, files=None, **form):
    parts = files or [(io.BytesIO(CSV), "shop.csv")]
    return client.post("/datasets", data={"file": parts, "name": name, **form}, content_type="multipart/form-data")


def names(client) -> list[str]:
    return [entry["name"] for entry in client.get("/datasets").json["datasets"]]


def test_the_sample_is_listed_as_synthetic(client):
    (sample,) = (entry for entry in client.get("/datasets").json["datasets"] if entry["name"] == "sample")
    assert sample["synthetic"] is True
    assert {"timeframe", "start", "end", "bins"} <= set(sample)


def test_an_import_is_201_with_its_report_and_stays(own_client, settings):
    response = upload(own_client)
    assert response.status_code == 201, response.text
    report = response.json["report"]
    assert (report["format"], report["timeframe"], report["lines"]) == ("csv", "1m", 180)
    assert (report["start"], report["end"]) == ("1995-08-01 00:00:00", "1995-08-01 03:00:00")
    assert response.json["dataset"]["name"] == "shop"
    again = create_app(settings).server.test_client()
    assert names(again) == ["nasa-http", "sample", "shop"]
    shown = again.get("/datasets/shop").json
    assert shown["report"] == report
    assert shown["dataset"]["bins"] == 180


def test_a_dry_run_is_200_with_the_report_and_stores_nothing(own_client):
    response = upload(own_client, dry_run="true")
    assert response.status_code == 200
    assert response.json["report"]["lines"] == 180
    assert "dataset" not in response.json
    assert len(response.json["preview"]) == 180
    assert response.json["preview"][0] == {"ds": "1995-08-01 00:00:00", "y": 10.0}
    assert names(own_client) == ["nasa-http", "sample"]


def test_an_existing_name_is_409_unless_replaced(own_client):
    assert upload(own_client).status_code == 201
    refused = upload(own_client)
    assert refused.status_code == 409
    assert "'shop'" in refused.json["message"]
    assert upload(own_client, replace="1").status_code == 201
    assert names(own_client) == ["nasa-http", "sample", "shop"]


def test_a_later_span_is_appended_and_an_overlap_is_409(own_client):
    later = b"timestamp,requests_count\n1995-08-01 03:10:00,5\n1995-08-01 03:11:00,6\n"
    assert upload(own_client).status_code == 201
    looked = upload(own_client, files=[(io.BytesIO(later), "b.csv")], append="1", dry_run="1")
    assert (looked.status_code, looked.json["report"]["append"]["bins"]) == (200, 192)
    response = upload(own_client, files=[(io.BytesIO(later), "b.csv")], append="1")
    assert (response.status_code, response.json["dataset"]["bins"]) == (201, 192)
    refused = upload(own_client, files=[(io.BytesIO(later), "b.csv")], append="1")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (409, "overlap")
    taken = upload(own_client, files=[(io.BytesIO(later), "b.csv")], append="1", overlap="add")
    assert (taken.status_code, taken.json["dataset"]["requests"]) == (201, response.json["dataset"]["requests"] + 11)


@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({"append": "1", "replace": "1"}, 400, "append"),
        ({"overlap": "keep"}, 400, "overlap"),
        ({"append": "1", "overlap": "newest"}, 400, "overlap"),
        ({"append": "1", "timeframe": "5m"}, 400, "timeframe"),
        ({"append": "1", "name": "nothing"}, 404, None),
        ({"append": "1", "name": "sample"}, 409, None),
    ],
)
def test_a_wrong_append_is_named(own_client, form, status, field):
    upload(own_client)
    response = upload(own_client, **{"name": "shop", **form})
    assert response.status_code == status, response.text
    assert [error["field"] for error in response.json["errors"]] == ([field] if field else [])


@pytest.mark.parametrize("replace", ["0", "1"])
def test_the_sample_cannot_be_replaced(own_client, replace):
    assert upload(own_client, "sample", replace=replace).status_code == 409


def test_several_logs_are_one_data_set(own_client):
    half = LOG.splitlines(keepends=True)
    files = [(io.BytesIO(b"".join(half[300:])), "b.log"), (io.BytesIO(gzip.compress(b"".join(half[:300]))), "a.log.gz")]
    response = upload(own_client, files=files)
    assert response.status_code == 201, response.text
    report = response.json["report"]
    assert (report["format"], report["requests"], report["timeframe"]) == ("common", 600, "1m")


def test_filters_and_outages_reach_the_readers(own_client):
    outages = ["1995-08-01 00:10:00/1995-08-01 00:12:00", "1995-08-01 00:20:00/1995-08-01 00:21:00"]
    response = upload(own_client, files=[(io.BytesIO(LOG), "a.log")], status="404", outage=outages)
    assert response.status_code == 201, response.text
    report = response.json["report"]
    assert report["requests"] <= 60
    assert report["filtered"] == 540
    assert [span["source"] for span in report["outages"]] == ["declared", "declared"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "Shop"}, "name"),
        ({"name": "../shop"}, "name"),
        ({"name": "x" * 64}, "name"),
        ({"name": ""}, "name"),
        ({"format": "excel"}, "format"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"timeframe": "7m"}, "timeframe"),
        ({"outage": "yesterday"}, "outage"),
        ({"status": "9xx"}, "status"),
        ({"exclude_bots": "perhaps"}, "exclude_bots"),
        ({"duplicates": "first"}, "duplicates"),
        ({"formt": "csv"}, "formt"),
    ],
)
def test_a_wrong_option_is_named(own_client, form, field):
    response = upload(own_client, **{"name": "shop", **form})
    assert response.status_code == 400, response.text
    assert [error["field"] for error in response.json["errors"]] == [field]
    assert names(own_client) == ["nasa-http", "sample"]


def test_a_file_is_needed_and_is_named(own_client):
    response = own_client.post("/datasets", data={"name": "shop"}, content_type="multipart/form-data")
    assert response.status_code == 400
    assert response.json["errors"][0]["field"] == "file"


def test_a_file_part_of_another_name_is_named(own_client):
    data = {"file": (io.BytesIO(CSV), "a.csv"), "fil": (io.BytesIO(CSV), "b.csv"), "name": "shop"}
    response = own_client.post("/datasets", data=data, content_type="multipart/form-data")
    assert response.status_code == 400
    assert response.json["errors"][0]["field"] == "fil"


def zip_of(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zip_of])
def test_a_bomb_is_refused(tmp_path, pack):
    client = create_app(Settings(home=tmp_path, max_expanded_bytes=1_000_000)).server.test_client()
    bomb = pack(b"timestamp,requests_count\n" + b"1995-08-01 00:00:00,1\n" * 500_000)
    response = upload(client, files=[(io.BytesIO(bomb), "a.zip" if pack is zip_of else "a.csv.gz")])
    assert response.status_code in (400, 413), response.text
    assert names(client) == ["nasa-http", "sample"]


@pytest.mark.parametrize(
    "content", [b"", bytes(range(256)) * 40, b"PK\x03\x04" + bytes(100), b"\x1f\x8b" + bytes(100), b"BZh9" + bytes(100)]
)
def test_a_file_that_is_nothing_is_refused(own_client, content):
    response = upload(own_client, files=[(io.BytesIO(content), "a.csv")])
    assert response.status_code == 400, response.text


def test_1500_files_are_one_data_set(own_client):
    line = '10.0.0.1 - - [01/Aug/1995:%02d:%02d:00 -0400] "GET / HTTP/1.0" 200 5\n'
    files = [(io.BytesIO((line % (i // 60, i % 60)).encode()), f"access.log.{i}") for i in range(1_440)]
    files += [(io.BytesIO(b""), f"empty.log.{i}") for i in range(60)]
    response = upload(own_client, files=files)
    assert response.status_code == 201, response.text
    report = response.json["report"]
    assert (report["lines"], report["requests"], report["bins"]) == (1_440, 1_440, 1_440)
    assert "60 of 1,500 files are empty" in "".join(report["notes"])


def test_too_many_files_are_413_with_the_way_out(own_client, monkeypatch):
    monkeypatch.setattr(request_parsing, "MAX_FILES", 20)
    monkeypatch.setattr(request_parsing, "MAX_TEXT_PARTS", 5)
    for count in (21, 40):
        response = upload(own_client, files=[(io.BytesIO(b"x"), f"{i}.csv") for i in range(count)])
        assert response.status_code == 413
        assert "at most 20 files and 5 other fields; send more as one archive" in response.json["message"]


def test_a_rename_and_a_removal(own_client):
    upload(own_client)
    renamed = own_client.patch("/datasets/shop", json={"name": "store"})
    assert (renamed.status_code, renamed.json["dataset"]["name"]) == (200, "store")
    assert names(own_client) == ["nasa-http", "sample", "store"]
    removed = own_client.delete("/datasets/store")
    assert (removed.status_code, removed.json["success"]) == (200, True)
    assert own_client.delete("/datasets/store").status_code == 404
    assert own_client.get("/datasets/store").status_code == 404


def test_a_rename_to_a_taken_name_is_409(own_client):
    upload(own_client)
    upload(own_client, "store")
    assert own_client.patch("/datasets/shop", json={"name": "store"}).status_code == 409
    assert own_client.patch("/datasets/shop", json={"name": "sample"}).status_code == 409


@pytest.mark.parametrize("body", [{"name": "Bad Name"}, {"name": 3}, {}, {"name": "a", "nme": "b"}])
def test_a_rename_to_no_name_is_400(own_client, body):
    upload(own_client)
    assert own_client.patch("/datasets/shop", json=body).status_code == 400


@pytest.mark.parametrize("call", [("PATCH", {"name": "other"}), ("DELETE", None)])
def test_the_sample_does_not_change(own_client, call):
    method, body = call
    assert 400 <= own_client.open("/datasets/sample", method=method, json=body).status_code < 500
    assert names(own_client) == ["nasa-http", "sample"]


@pytest.mark.parametrize("path", ["/datasets/nothing", "/datasets/nothing/series"])
def test_what_does_not_exist_is_404_and_says_what_does(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "sample" in response.json["message"]


def test_a_read_only_server_changes_nothing(settings):
    upload(create_app(settings).server.test_client())
    client = create_app(Settings(home=settings.home, read_only=True)).server.test_client()
    assert upload(client, "other").status_code == 403
    assert upload(client, replace="1").status_code == 403
    assert client.patch("/datasets/shop", json={"name": "store"}).status_code == 403
    assert client.delete("/datasets/shop").status_code == 403
    assert names(client) == ["nasa-http", "sample", "shop"]
    assert upload(client, "other", dry_run="1").status_code == 200
    assert upload(client, "other", dry_run="1", pattern=r"(?P<time>\d+)").status_code == 403


def test_a_series_is_read_at_its_own_bin_and_a_coarser_one(own_client):
    upload(own_client)
    fine = own_client.get("/datasets/shop/series").json
    assert (fine["timeframe"], len(fine["data"])) == ("1m", 180)
    assert fine["data"][0] == {"ds": "1995-08-01 00:00:00", "y": 10.0}
    coarse = own_client.get("/datasets/shop/series?timeframe=15m").json
    assert len(coarse["data"]) == 12
    assert coarse["data"][0]["y"] == sum(point["y"] for point in fine["data"][:15])


def test_a_part_of_a_series(own_client):
    upload(own_client)
    body = own_client.get("/datasets/shop/series?start=1995-08-01 01:00&end=1995-08-01T01:10").json
    assert (body["start"], body["end"], len(body["data"])) == ("1995-08-01 01:00:00", "1995-08-01 01:10:00", 10)


@pytest.mark.parametrize("plus", ["%2B", "+"])
def test_an_offset_in_an_address_may_be_escaped_or_not(own_client, plus):
    upload(own_client, time_zone="UTC")
    body = own_client.get(f"/datasets/shop/series?start=1995-08-01T03:00:00{plus}02:00").json
    assert body["start"] == "1995-08-01 01:00:00"


@pytest.mark.parametrize(
    ("query", "field"),
    [("timeframe=7m", "timeframe"), ("timeframe=30s", "timeframe"), ("start=soon", "start"), ("end=soon", "end")],
)
def test_a_wrong_part_is_named(client, query, field):
    response = client.get(f"/datasets/sample/series?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


def test_a_series_is_downloaded_as_csv(own_client):
    upload(own_client)
    response = own_client.get(
        "/datasets/shop/series?format=csv&timeframe=15m&start=1995-08-01 01:00&end=1995-08-01 02:00"
    )
    assert (response.status_code, response.mimetype, response.is_streamed) == (200, "text/csv", True)
    assert response.headers["Content-Disposition"] == 'attachment; filename="shop-15m.csv"'
    points = own_client.get("/datasets/shop/series?timeframe=15m&start=1995-08-01 01:00&end=1995-08-01 02:00").json[
        "data"
    ]
    assert response.text.splitlines() == [
        "timestamp,requests_count",
        *(f"{point['ds']},{point['y']:.0f}" for point in points),
    ]


def test_a_download_has_no_longest_length(tmp_path):
    client = create_app(Settings(home=tmp_path, max_points=1000)).server.test_client()
    assert len(client.get("/datasets/sample/series?format=csv").text.splitlines()) == 89_281


def test_what_is_downloaded_can_be_imported(own_client):
    text = own_client.get("/datasets/sample/series?format=csv&timeframe=1h").text
    files = [(io.BytesIO(text.encode()), "sample.csv")]
    assert upload(own_client, "copy", files=files, keep_zero_runs="1").status_code == 201
    assert own_client.get("/datasets/copy/series?format=csv").text == text


def test_a_download_of_nothing_has_its_header(client):
    body = client.get("/datasets/sample/series?format=csv&start=1970-01-01&end=1970-01-02").text
    assert body == "timestamp,requests_count,is_burst,is_event\n"


def test_an_unknown_form_of_a_series_is_named(client):
    response = client.get("/datasets/sample/series?format=xml")
    assert (response.status_code, response.json["errors"][0]["field"]) == (400, "format")


def test_a_part_that_is_empty_is_an_empty_list(client):
    body = client.get("/datasets/sample/series?start=1970-01-01&end=1970-01-02").json
    assert (body["success"], body["data"]) == (True, [])


def test_more_bins_than_the_limit_are_refused_with_a_way_out(tmp_path):
    client = create_app(Settings(home=tmp_path, max_points=1000)).server.test_client()
    response = client.get("/datasets/sample/series")
    assert response.status_code == 400
    assert "coarser timeframe" in response.json["message"]
    assert client.get("/datasets/sample/series?timeframe=1h&end=2026-04-01").status_code == 200


def test_what_is_read_can_be_posted(client):
    data = client.get("/datasets/sample/series?timeframe=5m&start=2026-04-01&end=2026-04-02").json["data"]
    body = {"data": data, "horizon": 1, "model_type": "xgboost", "timeframe": "5m"}
    assert client.post("/forecast/predict", json=body).json["predictions"][0]["ds"] == "2026-04-02 00:00:00"
