"""Every URL rule of the application, for every mode and role: who is let through, and what the others get."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from forecasting.access.roles import Role, Scope
from tests.webapp.access.conftest import MODES, SERVICE
from webapp.access.access_rules import RULES, UNKNOWN, rule_of
from webapp.access.callback_roles import need_of

OPEN, VIEWER, OPERATOR, ADMIN = "open", "viewer", "operator", "admin"

TABLE = {
    "GET /": VIEWER,
    "GET /<path:path>": VIEWER,
    "GET /_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": OPEN,
    "GET /_dash-dependencies": VIEWER,
    "GET /_dash-layout": VIEWER,
    "POST /_dash-update-component": VIEWER,
    "GET /_favicon.ico": OPEN,
    "GET /_reload-hash": VIEWER,
    "GET /account": VIEWER,
    "POST /account/password": VIEWER,
    "GET /admin/audit": ADMIN,
    "GET /admin/keys": ADMIN,
    "POST /admin/keys": ADMIN,
    "GET /admin/users": ADMIN,
    "POST /admin/users": ADMIN,
    "GET /assets/<path:filename>": OPEN,
    "GET /audit": ADMIN,
    "POST /cost/compare": VIEWER,
    "GET /cost/policies.csv": VIEWER,
    "GET /cost/prices": VIEWER,
    "GET /cost/report.html": VIEWER,
    "GET /datasets": VIEWER,
    "POST /datasets": OPERATOR,
    "GET /datasets/<name>": VIEWER,
    "PATCH /datasets/<name>": OPERATOR,
    "DELETE /datasets/<name>": OPERATOR,
    "GET /datasets/<name>/calendar": VIEWER,
    "PUT /datasets/<name>/calendar": OPERATOR,
    "POST /datasets/<name>/points": OPERATOR,
    "GET /datasets/<name>/series": VIEWER,
    "GET /datasets/<name>/service": VIEWER,
    "PUT /datasets/<name>/service": OPERATOR,
    "GET /docs": VIEWER,
    "POST /forecast/backtest": VIEWER,
    "POST /forecast/predict": VIEWER,
    "POST /forecast/predict/csv": VIEWER,
    "GET /live": OPEN,
    "GET /ready": OPEN,
    "GET /health": OPEN,
    "GET /jobs": VIEWER,
    "POST /jobs": OPERATOR,
    "GET /jobs/<job_id>": VIEWER,
    "DELETE /jobs/<job_id>": OPERATOR,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "GET /login/callback": OPEN,
    "GET /login/provider": OPEN,
    "POST /logout": OPEN,
    "GET /metrics/<model_type>/<timeframe>": VIEWER,
    "GET /models": VIEWER,
    "GET /models/<model_set>": VIEWER,
    "GET /openapi.json": VIEWER,
    "POST /points": OPERATOR,
    "GET /redoc": VIEWER,
    "GET /scaling/export/<dataset>": VIEWER,
    "POST /scaling/recommend": VIEWER,
    "GET /schedules": VIEWER,
    "PUT /schedules/<name>": OPERATOR,
    "DELETE /schedules/<name>": OPERATOR,
    "GET /scaling/recommendation/<dataset>": VIEWER,
    "POST /scaling/simulate": VIEWER,
    "GET /vendor/<name>/<release>/<path:path>": OPEN,
}
"""The least role by method and rule. A new rule must be added here."""

HEAVY = {"POST /cost/compare", "POST /forecast/backtest", "POST /datasets", "POST /jobs", "PUT /schedules/<name>"}
"""What a restricted server refuses besides changes."""

CHANGING_CALLBACKS = {
    "forecasts-accepted.children",
    "job-data-fetch-submitted.data",
    "job-forecasts-train-submitted.data",
    "scaling-stored.children",
    "..data-fetch-result.children...data-fetch-error.children...job-data-fetch-request.data..",
    "..job-forecasts-train-request.data...forecasts-bars.children...forecasts-edges.data..",
    "..data-rename-modal.is_open@...data-rename-error.children...data-moved.data..",
    "..data-remove-modal.is_open@...data-remove-error.children@...data-moved.data@..",
    "..data-trace-result.children...data-trace-error.children@..",
}
"""Every callback that changes something."""

LOOKING_CALLBACKS = 49
"""How many others run on the server, jobs and cancels included: a new one is looked at before this number changes."""

BROWSER = {"Accept": "text/html"}
RANKS = {OPEN: -1, VIEWER: 0, OPERATOR: 1, ADMIN: 2}


def send(client, name: str, **headers: str) -> TestResponse:
    """Send one call of the table without a body, about things that do not exist (or the service of the key)."""
    method, rule = name.split(" ")
    path = rule.replace("recommendation/<dataset>", f"recommendation/{SERVICE}")
    return client.open(re.sub(r"<[^>]+>", "nothing", path), method=method, headers=headers)


def is_let_through(response: TestResponse) -> bool:
    return response.status_code not in (401, 403) and not is_to_login(response)


def is_to_login(response: TestResponse) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/login?next=")


def refused(client, role: str) -> set[str]:
    """The calls that a client is not let through to; checks that none below its role is."""
    return {name for name in TABLE if not is_let_through(send(client, name))}


def above(role: str) -> set[str]:
    return {name for name, least in TABLE.items() if RANKS[least] > RANKS[role]}


def test_every_rule_has_a_stated_role(installation):
    rules = {
        f"{method} {rule.rule}": rule_of(rule.endpoint)
        for rule in installation("local").app.server.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(rules) == set(TABLE)
    assert UNKNOWN not in [rule for rule in rules.values() if rule is UNKNOWN]
    assert {name: str(rule.role or OPEN) for name, rule in rules.items()} == {**TABLE}
    assert {name for name, rule in rules.items() if rule.heavy} == HEAVY
    endpoints = {rule.endpoint for rule in installation("local").app.server.url_map.iter_rules()}
    assert set(RULES) <= endpoints


@pytest.mark.parametrize("mode", ["local", "oidc", "proxy"])
def test_a_stranger_reaches_only_what_is_open(installation, mode):
    there = installation(mode)
    client = there.client
    if mode == "proxy":  # the header is there, but from an address that is not the proxy's
        client.environ_base |= {
            "REMOTE_ADDR": "10.9.8.7",
            "HTTP_X_FORWARDED_USER": "admin",
            "HTTP_X_GROUPS": "platform",
        }
    for name, least in TABLE.items():
        answer, to_browser = send(client, name), send(client, name, **BROWSER)
        if least == OPEN:
            assert is_let_through(answer), name
            continue
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert is_to_login(to_browser) == (mode != "proxy" and name.startswith("GET")), name
        assert to_browser.status_code in (302, 401)


@pytest.mark.parametrize("role", [VIEWER, OPERATOR, ADMIN])
@pytest.mark.parametrize("mode", ["local", "oidc", "proxy"])
def test_a_person_reaches_what_the_role_may(installation, mode, role):
    there = installation(mode)
    groups = {VIEWER: "guests", OPERATOR: "ops", ADMIN: "guests, platform"}[role]
    client = there.through_proxy(groups) if mode == "proxy" else there.session(Role(role))
    assert refused(client, role) == above(role)
    for name in above(role):
        assert send(client, name, **BROWSER).status_code == 403


def test_everybody_reaches_everything_on_this_machine_without_users(installation):
    assert refused(installation("none").client, ADMIN) == set()


def test_a_server_without_users_that_others_reach_changes_and_computes_nothing(installation):
    client = installation("restricted").client
    assert refused(client, VIEWER) == above(VIEWER) | HEAVY
    assert "DATAFLOW_AUTH" in send(client, "DELETE /datasets/<name>").json["message"]


@pytest.mark.parametrize(("scope", "role"), [(Scope.READ, VIEWER), (Scope.WRITE, OPERATOR)], ids=["read", "write"])
@pytest.mark.parametrize("mode", ["local", "oidc", "proxy"])
def test_a_key_reaches_what_its_scope_may(installation, mode, scope, role):
    assert refused(installation(mode).key(scope), role) == above(role)


@pytest.mark.parametrize("mode", ["local", "oidc", "proxy"])
def test_a_key_of_a_service_reads_its_recommendation_and_nothing_else(installation, mode):
    client = installation(mode).key(Scope.RECOMMENDATION)
    polled = "GET /scaling/recommendation/<dataset>"
    assert refused(client, VIEWER) == above(OPEN) - {polled}
    other = client.get("/scaling/recommendation/nasa-http")
    assert (other.status_code, "nasa-http" in other.json["message"]) == (403, True)


def test_the_callbacks_that_change_something_need_an_operator(installation):
    app = installation("local").app
    server_side = [output for output, entry in app.callback_map.items() if entry.get("callback") is not None]
    changing = {output for output in server_side if need_of(app, output).role is not Role.VIEWER}
    assert {re.sub(r"@[0-9a-f]+", "@", output) for output in changing} == CHANGING_CALLBACKS
    assert len(server_side) - len(changing) == LOOKING_CALLBACKS


@pytest.mark.parametrize("mode", MODES)
def test_a_callback_or_a_job_is_let_through_by_role(installation, mode):
    there = installation(mode)
    app = there.app
    outputs = [output for output, entry in app.callback_map.items() if entry.get("callback") is not None]
    if mode in ("none", "restricted"):
        client = there.client
    else:
        client = there.through_proxy("guests") if mode == "proxy" else there.session(Role.VIEWER)
    for output in outputs:
        need = need_of(app, output)
        barred = need.role is not Role.VIEWER or (mode == "restricted" and need.heavy)
        # A list of inputs that is none: what is let through ends with 400, before anything is done.
        answer = client.post("/_dash-update-component", json={"output": output, "inputs": 7})
        assert answer.status_code == (403 if barred and mode != "none" else 400), output


def test_a_rule_that_nobody_stated_is_for_admins():
    assert rule_of("something.new").role is Role.ADMIN
