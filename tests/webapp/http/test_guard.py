"""What is no page and no endpoint, and who gets HTML."""

from __future__ import annotations

import pytest

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "text/html, */*", "application/json;q=0.5, text/html"])
def test_a_browser_gets_the_start_page(client, accept):
    response = client.get("/", headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.vary.as_set() >= {"accept"}


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/*;q=0", "application/json, text/html"])
def test_anything_else_gets_the_list_of_calls(client, accept):
    response = client.get("/", headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert set(response.json) == {"api", "version", "status", "endpoints"}
    assert {"method": "GET", "path": "/health"}.items() <= response.json["endpoints"][-1].items()


def test_head_of_the_root_has_no_body(client):
    response = client.head("/")
    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/datasets/", "/forecast", "/metrics/xgboost", "/a/b/c/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_an_unknown_path_is_404(client, path, method):
    response = client.open(path, method=method, headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (404, "application/json")


def test_an_unknown_path_is_a_small_page_to_a_browser(client):
    response = client.get("/nothing/<script>", headers={"Accept": BROWSER})
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "/nothing/&lt;script&gt;" in response.text


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/forecast/predict", "GET", {"POST"}),
        ("/forecast/predict/csv", "GET", {"POST"}),
        ("/forecast/backtest", "DELETE", {"POST"}),
        ("/datasets", "PUT", {"GET", "HEAD", "POST"}),
        ("/datasets/sample", "POST", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("/models", "BREW", {"GET", "HEAD"}),
        ("/health", "POST", {"GET", "HEAD"}),
        ("/", "POST", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_405_and_says_which_are_allowed(client, path, method, allowed):
    response = client.open(path, method=method)
    assert (response.status_code, set(response.allow)) == (405, allowed | {"OPTIONS"})
    assert method in response.json["message"]
    options = client.options(path)
    assert (options.status_code, set(options.allow)) == (200, allowed | {"OPTIONS"})


def test_an_error_of_the_api_is_json_to_a_browser_too(client):
    response = client.get("/datasets/nothing", headers={"Accept": BROWSER})
    assert (response.status_code, response.mimetype) == (404, "application/json")


@pytest.mark.parametrize("path", ["/_dash-component-suites/nothing/x.js", "/vendor/bootstrap/0.0.0/css/bootstrap.css"])
def test_an_unknown_file_is_404(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_server_cannot_change_anything(own_client, site):
    response = own_client.delete("/datasets/sample", headers={"Sec-Fetch-Site": site})
    assert response.status_code == 403
    assert own_client.get("/datasets", headers={"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_our_own_pages_and_what_is_no_browser_can(own_client, headers):
    assert own_client.delete("/datasets/absent", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"output": "a.b", "inputs": []}', b'{"output": [], "inputs": []}', b"{"]
)
def test_a_callback_that_dash_does_not_know_is_the_callers_fault(client, body):
    response = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert 400 <= response.status_code < 500
