"""What pages and answers say in each mode: a restricted server, a proxy, and strangers who ask for its health."""

from __future__ import annotations

import pytest
import yaml

from forecasting.access.roles import Role, Scope
from tests.webapp.access.conftest import MODES, installed
from webapp.access.access_texts import RESTRICTED
from webapp.pages import PAGES

HTML = {"Accept": "text/html"}


def shell_of(client) -> str:
    """The layout around every page, as the browser gets it."""
    return client.get("/_dash-layout").text


def test_a_restricted_server_says_so_around_every_page(installation):
    client = installation("restricted").client
    assert RESTRICTED in shell_of(client)
    for page in PAGES:
        assert client.get(page.path, headers=HTML).status_code == 200
    for mode in ("none", "local"):
        there = installation(mode)
        assert RESTRICTED not in shell_of(there.session(Role.VIEWER) if mode == "local" else there.client)


def test_a_restricted_server_answers_what_costs_little(installation, points):
    client = installation("restricted").client
    body = {"data": points, "timeframe": "5m", "horizon": 1, "model_type": "naive"}
    assert client.post("/forecast/predict", json=body).status_code == 200
    assert client.get("/scaling/recommendation/sample?as_of=2026-05-03 00:00").status_code == 200
    sweep = {"dataset": "sample", "sweep": {"parameter": "target_percent", "values": [50]}}
    assert client.post("/scaling/simulate", json=sweep).status_code in (400, 403)
    assert client.get("/health").json["read_only"] is True


def test_an_opened_server_changes_what_it_is_told(tmp_path):
    client = installed(tmp_path / "home", host="0.0.0.0", allow_anonymous=True).client
    assert RESTRICTED not in shell_of(client)
    assert client.delete("/datasets/nothing").status_code == 404


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({"X-Forwarded-User": "olga", "X-Groups": "ops"}, "127.0.0.1", 404),
        ({"X-Forwarded-User": "olga", "X-Groups": "guests"}, "127.0.0.1", 403),
        ({"X-Forwarded-User": "olga"}, "::ffff:127.0.0.1", 403),
        ({"X-Forwarded-User": "admin, olga", "X-Groups": "platform"}, "127.0.0.1", 401),
        ({"X-Forwarded-User": "", "X-Groups": "platform"}, "127.0.0.1", 401),
        ({"X-Groups": "platform"}, "127.0.0.1", 401),
        ({"X-Forwarded-User": "olga", "X-Groups": "ops", "X-Forwarded-For": "127.0.0.1"}, "10.0.0.9", 401),
        ({"X-Forwarded-User": "olga", "X-Groups": "ops"}, "", 401),
    ],
)
def test_a_proxy_is_believed_only_at_its_address(installation, headers, address, status):
    client = installation("proxy").client
    client.environ_base["REMOTE_ADDR"] = address
    sent = {**headers, "Origin": "http://localhost"}
    assert client.delete("/datasets/nothing", headers=sent).status_code == status


def test_a_change_through_a_proxy_must_come_from_a_page_of_this_server(installation):
    client = installation("proxy").through_proxy("ops")
    assert client.delete("/datasets/x", headers={"Origin": "http://evil.org"}).status_code == 403
    assert client.post("/logout", headers={"Origin": "http://evil.org"}).status_code == 403
    answer = client.post("/admin/keys", data={"do": "explode"})
    assert answer.status_code == 403
    admin = installation("proxy").through_proxy("platform")
    assert "do must be" in admin.post("/admin/keys", data={"do": "explode"}).text


@pytest.mark.parametrize("mode", ["local", "oidc", "proxy"])
def test_strangers_learn_of_the_health_only_whether(installation, mode):
    there = installation(mode)
    answer = there.client.get("/health", headers={"Accept-Encoding": "gzip"})
    assert answer.json == {"success": True, "status": "healthy", "message": "Available."}
    assert "model_sets" in there.key(Scope.READ).get("/health").json
    assert there.client.get("/health", headers={"X-API-Key": "dfk_wrong"}).json["message"] == "Available."


def test_the_account_is_in_the_top_bar_and_viewers_read_why_they_may_not(installation):
    client = installation("local").session(Role.VIEWER, "vera")
    assert "Account: vera, viewer" in shell_of(client)
    assert "Account" not in shell_of(installation("none").client)


def test_the_document_says_which_role_a_call_needs(installation):
    with_users = installation("local").key(Scope.READ).get("/openapi.json").json
    without = installation("none").client.get("/openapi.json").json
    for document in (with_users, without):
        assert document["paths"]["/datasets/{name}"]["delete"]["x-required-role"] == "operator"
        assert document["paths"]["/health"]["get"]["x-required-role"] == "none"
        assert all("x-required-role" in one for path in document["paths"].values() for one in path.values())
    assert set(with_users["components"]["securitySchemes"]) == {"bearer", "key"}
    assert with_users["paths"]["/models"]["get"]["security"] == [{"bearer": []}, {"key": []}]
    assert "security" not in with_users["paths"]["/health"]["get"]
    assert "securitySchemes" not in without["components"]


@pytest.mark.parametrize("mode", ["none", "local"])
def test_the_manifest_carries_a_key_where_the_server_wants_one(installation, mode):
    client = installation("local").key(Scope.READ) if mode == "local" else installation(mode).client
    address = "/scaling/export/sample?format=keda&accept_assumptions=true&url=http://dataflow:8000"
    text = client.get(address).text
    documents = list(yaml.safe_load_all(text))
    poll = documents[0]["spec"]["triggers"][0]
    if mode == "none":
        assert len(documents) == 1
        assert "authenticationRef" not in poll
        return
    keys = ("authMode", "method", "keyParamName")
    assert [poll["metadata"][name] for name in keys] == ["apiKey", "header", "X-API-Key"]
    authentication = documents[1]
    assert authentication["kind"] == "TriggerAuthentication"
    assert poll["authenticationRef"] == {"name": authentication["metadata"]["name"]}
    assert authentication["spec"]["secretTargetRef"] == [
        {"parameter": "apiKey", "name": "sample-dataflow-key", "key": "key"}
    ]
    assert "kubectl create secret generic sample-dataflow-key" in text.replace("\n#   ", " ")
    assert MODES["local"]["secret_key"] not in text
