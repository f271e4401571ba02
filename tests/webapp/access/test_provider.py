"""Logging in at an OpenID Connect provider: a real one on loopback, over HTTP, and what a forged return gets."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp.access.conftest import MODES, Installation, installed
from tests.webapp.serving import free_port


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            try:
                requests.get(f"{address}/jwks", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def there(provider: str, tmp_path) -> Installation:
    """An installation whose users log in at the provider."""
    roles = "guests=viewer,platform=admin,user:solo=operator"
    return installed(tmp_path / "home", **{**MODES["oidc"], "oidc_issuer": provider, "roles": roles})


def set_user(provider: str, subject: str, **claims: object) -> None:
    requests.put(f"{provider}/users/{subject}", json=claims, timeout=5).raise_for_status()


def leave(client: FlaskClient, there: str = "/data") -> str:
    """Start a login; return the address at the provider to which the browser is sent."""
    answer = client.get(f"/login/provider?next={there}")
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def authorized(address: str, subject: str) -> str:
    """Log in at the provider and return the address, on our server, to which it sends the browser."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/login/callback", answer.text
    return f"{back.path}?{back.query}"


def log_in(client: FlaskClient, subject: str) -> TestResponse:
    return client.get(authorized(leave(client), subject))


def test_the_groups_at_the_provider_are_the_role_here(there, provider):
    set_user(provider, "1", preferred_username="olga", groups=["guests", "platform"])
    client = there.client
    assert "/login/provider" in client.get("/login").text
    answer = log_in(client, "1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/data")
    assert client.get("/audit").status_code == 200
    row = client.get("/audit").json["rows"][0]
    assert (row["action"], row["who"], row["outcome"]) == ("login", "olga", "done")
    assert "subject 1, role admin" in row["message"]
    assert "olga" in client.get("/account").text


def test_the_request_has_a_challenge_a_state_and_a_nonce(there):
    query = parse_qs(urlsplit(leave(there.client)).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"code_challenge", "state", "nonce"} <= set(query)
    assert query["redirect_uri"] == ["http://localhost/login/callback"]


def test_a_viewer_of_the_provider_changes_nothing(there, provider):
    set_user(provider, "2", groups="guests", preferred_username="vera")
    client = there.client
    assert log_in(client, "2").status_code == 303
    assert client.get("/datasets").status_code == 200
    assert client.delete("/datasets/x", headers={"Origin": "http://localhost"}).status_code == 403


def test_a_user_without_groups_may_have_a_role_by_name(there, provider):
    set_user(provider, "3", preferred_username="solo")
    client = there.client
    log_in(client, "3")
    assert client.delete("/datasets/x", headers={"Origin": "http://localhost"}).status_code == 404


def test_who_has_no_role_is_refused_and_recorded(there, provider):
    set_user(provider, "4", email="eve@example.org", groups=["strangers"])
    client = there.client
    answer = log_in(client, "4")
    assert (answer.status_code, "eve@example.org is in no group" in answer.text) == (403, True)
    assert client.get("/datasets").status_code == 401
    assert there.accounts.audit.rows()[0].outcome == "refused"


def test_a_return_without_its_beginning_is_refused(there, provider):
    set_user(provider, "5", groups=["platform"])
    back = authorized(leave(there.client), "5")
    stranger = there.client
    assert stranger.get(back).status_code == 400
    assert stranger.get("/datasets").status_code == 401
    assert there.client.get("/login/callback").status_code == 400
    assert there.client.get("/login/callback?state=x&code=y").status_code == 400
    refused = there.client.get("/login/callback?error=access_denied&error_description=<b>")
    assert (refused.status_code, "access_denied" in refused.text) == (400, True)


def test_a_return_is_good_once(there, provider):
    set_user(provider, "6", groups=["platform"])
    client = there.client
    back = authorized(leave(client), "6")
    assert client.get(back).status_code == 303
    client.post("/logout", headers={"Origin": "http://localhost"})
    assert client.get(back).status_code == 400


def test_another_issuer_is_refused(provider, tmp_path):
    other = provider.replace("localhost", "127.0.0.1")
    there = installed(tmp_path / "home", **{**MODES["oidc"], "oidc_issuer": f"{other}/elsewhere/.."})
    answer = there.client.get("/login/provider")
    assert answer.status_code == 503
    assert "identity provider" in answer.text


def test_a_provider_that_does_not_answer_is_said_to(installation):
    answer = installation("oidc").client.get("/login/provider")
    assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)


def test_the_session_of_a_login_that_failed_is_nobody(there):
    client = there.client
    leave(client)
    assert client.get("/datasets").status_code == 401


def test_other_modes_have_no_provider(local):
    assert local.client.get("/login/provider").status_code == 404
    assert local.client.get("/login/callback").status_code == 404
