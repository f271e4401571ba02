"""Logging in with a password: what is let in, what is limited, and what a cookie is worth afterwards."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forecasting.access import login_limits
from forecasting.access.roles import Role
from tests.webapp.access.conftest import ORIGIN, PASSWORD, Installation, installed
from webapp.access.views.login import WRONG

NEW = "another long password"


def token(client: FlaskClient, path: str = "/login") -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def log_in(client: FlaskClient, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    data = {"name": name, "password": password, "csrf_token": token(client), **fields}
    return client.post("/login", data=data)


@pytest.fixture
def ada(local: Installation) -> Installation:
    """An installation with the admin `ada`."""
    local.accounts.users.add("ada", PASSWORD, Role.ADMIN)
    return local


def test_without_a_user_the_form_says_how_to_make_one(local):
    assert "dataflow users add" in local.client.get("/login").text


def test_a_login_opens_the_pages_and_a_logout_closes_them(ada):
    client = ada.client
    assert "dataflow users add" not in client.get("/login").text
    answer = log_in(client, "ada", next="/data?dataset=sample")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/data?dataset=sample")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert client.get("/datasets").status_code == 200
    assert client.get("/datasets").headers["Cache-Control"] == "no-store"
    assert client.get("/login").status_code == 302

    stolen = client.get_cookie("dataflow_session").value
    assert client.post("/logout", data={"csrf_token": token(client, "/account")}).status_code == 303
    assert client.get("/datasets").status_code == 401
    thief = ada.client
    thief.set_cookie("dataflow_session", stolen)
    assert thief.get("/datasets").status_code == 401

    rows = ada.accounts.audit.rows()
    assert [(row.action, row.who, row.outcome) for row in rows] == [
        ("logout", "ada", "done"),
        ("login", "ada", "done"),
    ]


@pytest.mark.parametrize(
    ("base", "is_secure"),
    [
        ("http://localhost:8000", False),
        ("https://localhost", True),
        ("http://example.org", True),
        ("https://a.b", True),
    ],
)
def test_the_cookie_is_for_https_unless_it_never_leaves_the_machine(ada, base, is_secure):
    assert ("Secure" in ada.client.get("/login", base_url=base).headers["Set-Cookie"].split("; ")) is is_secure


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(ada):
    wrong, unknown = log_in(ada.client, "ada", "wrong"), log_in(ada.client, "bob", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    hidden = re.compile(r'(csrf_token" value="[^"]*|value="(?:ada|bob)")')
    assert hidden.sub("", wrong.text) == hidden.sub("", unknown.text)
    assert WRONG in wrong.text
    ada.accounts.users.add("eve", PASSWORD, Role.VIEWER)
    ada.accounts.users.set_enabled("eve", False)
    assert WRONG in log_in(ada.client, "eve").text


def test_failures_are_limited_by_account_and_address_and_correct_logins_are_not(ada, monkeypatch):
    monkeypatch.setattr(login_limits, "PER_PAIR", 2)
    monkeypatch.setattr(login_limits, "PER_ADDRESS", 4)
    client = ada.client
    for _ in range(4):
        assert log_in(ada.client, "ada").status_code == 303
    assert [log_in(client, "ada", "wrong").status_code for _ in range(3)] == [401, 401, 429]
    barred = log_in(client, "ada")
    assert barred.status_code == 429
    assert 0 < int(barred.headers["Retry-After"]) <= 900
    assert "Try again in" in barred.text
    assert [log_in(client, name, "wrong").status_code for name in ("b", "c", "d")] == [401, 401, 429]
    elsewhere = ada.client
    elsewhere.environ_base["REMOTE_ADDR"] = "10.1.1.1"
    assert log_in(elsewhere, "ada").status_code == 303


def test_a_form_of_another_session_is_refused(ada):
    client = ada.client
    foreign = token(ada.client)
    answer = client.post("/login", data={"name": "ada", "password": PASSWORD, "csrf_token": foreign})
    assert (answer.status_code, "expired" in answer.text) == (400, True)
    assert client.post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 400
    assert log_in(client, "ada").status_code == 303
    assert client.post("/logout", data={"csrf_token": foreign}).status_code == 400
    assert client.get("/datasets").status_code == 200


def test_a_session_that_somebody_else_chose_is_not_the_one_that_logs_in(ada):
    attacker = ada.client
    token(attacker)
    victim = ada.client
    victim.set_cookie("dataflow_session", attacker.get_cookie("dataflow_session").value)
    assert log_in(victim, "ada").status_code == 303
    assert victim.get("/datasets").status_code == 200
    assert attacker.get("/datasets").status_code == 401
    with victim.session_transaction() as new, attacker.session_transaction() as old:
        assert new.get("csrf") != old["csrf"]


@pytest.mark.parametrize("there", ["//evil.org", "https://evil.org", "/\\evil.org", "evil", "/a\nb", "\\\\evil.org"])
def test_a_login_never_leads_elsewhere(ada, there):
    assert log_in(ada.client, "ada", next=there).headers["Location"] == "/"


def test_a_changed_cookie_is_worth_nothing(ada):
    client = ada.client
    log_in(client, "ada")
    value = client.get_cookie("dataflow_session").value
    client.set_cookie("dataflow_session", value[:-3] + ("abc" if value[-3:] != "abc" else "xyz"))
    assert client.get("/datasets").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        (ORIGIN, 404),
        ({"Sec-Fetch-Site": "same-origin"}, 404),
        ({"X-CSRF-Token": "wrong"}, 403),
    ],
)
def test_a_change_with_a_cookie_must_come_from_a_page_of_this_server(local, headers, status):
    client = local.session(Role.OPERATOR)
    del client.environ_base["HTTP_ORIGIN"]
    assert client.delete("/datasets/nothing", headers=headers).status_code == status


def test_a_change_with_a_cookie_may_bring_the_token_instead(local):
    client = local.session(Role.OPERATOR)
    del client.environ_base["HTTP_ORIGIN"]
    sent = {"X-CSRF-Token": token(client, "/account")}
    assert client.delete("/datasets/nothing", headers=sent).status_code == 404


def test_own_password(ada):
    client, other = ada.client, ada.client
    log_in(client, "ada")
    log_in(other, "ada")
    client.environ_base["HTTP_ORIGIN"] = ORIGIN["Origin"]

    def change(**fields: str) -> TestResponse:
        sent = {"current": PASSWORD, "password": NEW, "again": NEW, "csrf_token": token(client, "/account"), **fields}
        return client.post("/account/password", data=sent)

    assert "current password is wrong" in change(current="wrong").text
    assert "differ" in change(again="something else").text
    assert "from 12 to 256 characters" in change(password="short", again="short").text
    assert change().headers["Location"] == "/account?changed=1"
    assert client.get("/datasets").status_code == 200
    assert other.get("/datasets").status_code == 401
    assert log_in(ada.client, "ada").status_code == 401
    assert log_in(ada.client, "ada", NEW).status_code == 303
    outcomes = [row.outcome for row in ada.accounts.audit.rows() if row.action == "password"]
    assert outcomes == ["done", "refused", "refused", "refused"]
    assert not [row for row in ada.accounts.audit.rows() if PASSWORD in str(row) or NEW in str(row)]


def test_other_modes_have_no_password_login(tmp_path):
    there = installed(tmp_path / "home")
    assert "DATAFLOW_AUTH is none" in there.client.get("/login").text
    assert there.client.post("/login", data={"name": "a", "password": "b"}).status_code == 409
