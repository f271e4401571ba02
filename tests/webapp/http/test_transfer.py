"""What goes over the network: compressed once, kept where it may be, and the same whatever the client can read."""

from __future__ import annotations

import io
import re

import pytest
import requests
from flask.testing import FlaskClient

ENCODINGS = ["zstd", "br", "gzip", "deflate"]
PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"
YEAR = "max-age=31536000"


def get(client: FlaskClient, path: str, **headers: str):
    """The answer to a GET, read and closed."""
    with client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        assert answer.data is not None
        return answer


@pytest.fixture(scope="module")
def files(client) -> list[str]:
    """The scripts and style sheets of the start page."""
    document = client.get("/", headers={"Accept": "text/html"}).text
    return re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', document)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_long_answer_is_compressed_as_the_client_can_read_it(client, encoding):
    plain = client.get("/datasets/sample/series?timeframe=15m")
    answer = get(client, "/datasets/sample/series?timeframe=15m", Accept_Encoding=encoding)
    assert answer.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.data) < len(plain.data) / 4
    assert "Content-Encoding" not in plain.headers


def test_a_client_reads_the_same_compressed_or_not(url):
    def read(encoding: str) -> requests.Response:
        return requests.get(f"{url}/datasets/sample/series", headers={"Accept-Encoding": encoding}, timeout=60)

    plain, packed = read("identity"), read("gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 4


@pytest.mark.parametrize("path", ["/docs", "/health", "/datasets/absent"])
def test_what_is_short_or_an_error_is_left_as_it_is(client, path):
    answer = get(client, path, Accept_Encoding="gzip")
    assert "Content-Encoding" not in answer.headers


def test_csv_and_manifests_are_compressed_too(client):
    answer = get(client, "/datasets/sample/series?format=csv&timeframe=15m", Accept_Encoding="zstd")
    assert answer.headers["Content-Encoding"] == "zstd"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_an_upload_is_read_whatever_the_answer_is_packed_in(client):
    rows = "".join(f"2026-03-{day:02d} {hour:02d}:00:00,{day * hour}\n" for day in range(1, 29) for hour in range(24))
    file = (io.BytesIO(f"timestamp,requests_count\n{rows}".encode()), "hours.csv")
    answer = client.post(
        "/datasets", data={"file": file, "name": "hours", "dry_run": "true"}, headers={"Accept-Encoding": "gzip"}
    )
    assert answer.status_code == 200


def test_every_file_of_a_page_is_kept_for_a_year(client, files):
    for file in files:
        assert YEAR in get(client, file).headers["Cache-Control"], file
    assert any("?m=" in file for file in files)


def test_one_of_ours_without_its_fingerprint_is_asked_for_each_time(client):
    headers = get(client, "/assets/app.css").headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["ETag"]


def sent(url: str, **headers: str) -> tuple[requests.Response, bytes]:
    """The answer of a real server, and its body as it came over the network."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with requests.get(url, headers=given, stream=True, timeout=60) as answer:
        return answer, answer.raw.read(decode_content=False)


@pytest.mark.parametrize("path", ["/assets/app.css", PLOTLY, "/assets/docs/swagger.js"])
@pytest.mark.parametrize("encoding", [*ENCODINGS, "identity"])
def test_a_file_that_a_browser_has_is_not_sent_again(url, path, encoding):
    first, content = sent(url + path, Accept_Encoding=encoding)
    assert (first.status_code, len(content) > 0) == (200, True)
    again, nothing = sent(url + path, Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
    assert (again.status_code, nothing) == (304, b"")


def test_a_file_that_changed_is_sent(client, files):
    for tag in ('"another"', '"another:zstd"', 'W/"another:gzip", "third"', "garbage", ":gzip"):
        answer = get(client, PLOTLY, If_None_Match=tag)
        assert (answer.status_code, len(answer.data) > 1_000_000) == (200, True)


def test_what_changes_is_never_kept(client):
    for path in ("/datasets", "/health", "/_dash-layout", "/openapi.json"):
        assert "max-age" not in get(client, path).headers.get("Cache-Control", "")


def test_a_missing_file_is_not_kept(client):
    answer = get(client, "/assets/absent.js?m=1")
    assert answer.status_code == 404
    assert "max-age" not in answer.headers.get("Cache-Control", "")
