"""Under which names the server answers, whose pages may change something, and what proxies are believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.settings import Settings
from webapp import create_app
from webapp.http.hosts import names_of


def status_of(client, host: str | None, method: str = "GET", path: str = "/health", **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers={**given, **({} if host is None else {"Host": host})}).status_code


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:5000", "[::1]:8000", "localhost."])
def test_loopback_names_are_ours(client, host):
    assert status_of(client, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "203.0.113.9"]
)
@pytest.mark.parametrize("path", ["/", "/health", "/scaling", "/nothing", "/_dash-update-component", "/openapi.json"])
def test_a_rebound_name_gets_421_on_every_path(client, host, path):
    assert status_of(client, host, path=path) == 421


@pytest.mark.parametrize("host", ["", "a b", "localhost/x", "user@localhost", "localhost:x", "[::1", "localhost\\x"])
def test_a_host_that_is_none_is_400(client, host):
    assert status_of(client, host) == 400


@pytest.mark.parametrize(
    ("settings", "ours", "foreign"),
    [
        (Settings(), ["localhost", "127.0.0.1", "::1"], ["10.0.0.5", "box.example"]),
        (Settings(host="box.example"), ["box.example", "localhost", "10.0.0.5"], ["evil.example"]),
        (Settings(host="0.0.0.0"), ["10.0.0.5", "fd00::1"], ["box.example", "0.0.0.0.evil.example"]),
        (Settings(hosts="a.example, B.example"), ["a.example", "b.example", "localhost"], ["c.example"]),
        (Settings(hosts=".a.example"), ["a.example", "x.a.example"], ["xa.example"]),
        (Settings(hosts="*"), ["evil.example"], []),
    ],
)
def test_the_names_of_the_settings(settings, ours, foreign):
    is_ours = names_of(settings)
    assert all(map(is_ours, ours))
    assert not any(map(is_ours, foreign))


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9", "https://localhost", "file://", "http://[::1", "nonsense"],
)
def test_a_change_from_another_origin_is_refused(own_client, origin):
    assert status_of(own_client, "localhost:8000", "DELETE", "/datasets/absent", Origin=origin) == 403
    assert status_of(own_client, "localhost:8000", "GET", "/datasets", Origin=origin) == 200


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "localhost"])
def test_a_change_from_our_own_pages_is_not(own_client, host):
    assert status_of(own_client, host, "DELETE", "/datasets/absent", Origin=f"http://{host}") == 404


def test_a_proxy_is_believed_only_if_the_settings_say_so(settings):
    forwarded = {
        "Host": "localhost",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "scale.example",
    }
    path = "/scaling/export/sample?format=keda&accept_assumptions=true"
    alone = create_app(replace(settings, hosts="scale.example")).server.test_client()
    behind = create_app(replace(settings, hosts="scale.example", proxies=1)).server.test_client()
    assert "scale.example" not in alone.get(path, headers=forwarded).text
    assert "https://scale.example" in behind.get(path, headers=forwarded).text
    assert behind.get("/health", headers={**forwarded, "X-Forwarded-Host": "evil.example"}).status_code == 421
    page = {**forwarded, "Origin": "https://scale.example"}
    assert behind.delete("/datasets/absent", headers=page).status_code == 404
    assert alone.delete("/datasets/absent", headers=page).status_code == 403
