"""The pages of users, keys and the audit, and `GET /audit`."""

from __future__ import annotations

import re

import pytest

from forecasting.access.roles import Role
from tests.webapp.access.conftest import PASSWORD, Installation, installed
from tests.webapp.access.test_login import token


@pytest.fixture
def admin(local: Installation):
    """A client of an admin."""
    return local.session(Role.ADMIN, "root")


def post(client, path: str, **fields: str):
    return client.post(path, data={"csrf_token": token(client, "/account"), **fields})


def test_a_user_is_added_changed_and_removed(local, admin):
    users = "/admin/users"
    assert post(admin, users, do="add", name="<b>", password=PASSWORD, role="viewer").status_code == 303
    assert "&lt;b&gt;" in admin.get(users).text
    assert post(admin, users, do="add", name="<b>", password=PASSWORD, role="viewer").status_code == 409
    for fields in ({"do": "role", "role": "operator"}, {"do": "disable"}, {"do": "enable"}):
        assert post(admin, users, name="<b>", **fields).status_code == 303
    assert local.accounts.users.get("<b>").role is Role.OPERATOR
    assert post(admin, users, do="remove", name="<b>").status_code == 303
    rows = local.accounts.audit.rows()
    assert [(row.action, row.outcome) for row in rows] == [
        ("user.remove", "done"),
        ("user.enable", "done"),
        ("user.disable", "done"),
        ("user.role", "done"),
        ("user.add", "refused"),
        ("user.add", "done"),
    ]
    assert (rows[0].before["role"], rows[0].after) == ("operator", None)
    assert (rows[3].before["role"], rows[3].after["role"]) == ("viewer", "operator")
    assert "password" not in rows[0].before


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"do": "add", "name": "x", "password": "short", "role": "viewer"}, 400, "from 12 to 256"),
        ({"do": "add", "name": "", "password": PASSWORD, "role": "viewer"}, 400, "name must be"),
        ({"do": "add", "name": "x", "password": PASSWORD, "role": "king"}, 400, "role must be one of"),
        ({"do": "role", "name": "nobody", "role": "viewer"}, 404, "not found"),
        ({"do": "explode", "name": "x"}, 400, "do must be one of"),
        ({"do": "disable", "name": "root"}, 409, "yourself"),
    ],
)
def test_a_wrong_change_of_a_user_is_worded_on_the_page(admin, fields, status, message):
    answer = post(admin, "/admin/users", **fields)
    assert (answer.status_code, message in answer.text) == (status, True)


def test_a_key_is_shown_once_works_and_is_revoked(local, admin):
    made = post(admin, "/admin/keys", do="add", name="ci", scope="write", services="", days="30")
    assert made.status_code == 201
    text = re.search(r"dfk_[0-9a-f]{10}_[\w-]{43}", made.text)[0]
    listed = admin.get("/admin/keys").text
    assert text not in listed
    assert text[:14] in listed
    for headers in ({"X-API-Key": text}, {"Authorization": f"Bearer {text}"}, {"Authorization": f"bearer  {text}"}):
        assert local.client.get("/datasets", headers=headers).status_code == 200
    assert local.client.get("/datasets", headers={"X-API-Key": text[:-1] + "!"}).status_code == 401
    assert post(admin, "/admin/keys", do="revoke", prefix=text[4:14]).status_code == 303
    refused = local.client.get("/datasets", headers={"X-API-Key": text})
    assert (refused.status_code, "revoked" in refused.json["message"]) == (401, True)
    assert text[15:] not in str(local.accounts.audit.rows())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"do": "add", "name": "x", "scope": "recommendation"}, "services must be given"),
        ({"do": "add", "name": "x", "scope": "read", "services": "shop"}, "for no other"),
        ({"do": "add", "name": "x", "scope": "all"}, "scope must be one of"),
        ({"do": "add", "name": "x", "scope": "read", "days": "soon"}, "days must be"),
        ({"do": "add", "name": "x", "scope": "read", "days": "4000"}, "days must be"),
        ({"do": "revoke", "prefix": "nothing"}, "not found"),
        ({"do": "explode"}, "do must be"),
    ],
)
def test_a_wrong_key_is_worded_on_the_page(admin, fields, message):
    answer = post(admin, "/admin/keys", **fields)
    assert answer.status_code in (400, 404)
    assert message in answer.text


def test_an_invalid_key_is_not_replaced_by_a_cookie(admin):
    assert admin.get("/datasets", headers={"X-API-Key": "dfk_wrong"}).status_code == 401
    assert admin.get("/datasets", headers={"Authorization": "Basic YTpi"}).status_code == 200


def test_the_audit_lists_filters_and_pages(local, admin):
    for name in ("one", "two", "three"):
        post(admin, "/admin/keys", do="add", name=name, scope="read", days="")
    local.client.delete("/datasets/shop")
    answer = admin.get("/audit?limit=2").json
    assert [(row["action"], row["who"], row["outcome"]) for row in answer["rows"]] == [
        ("dataset.remove", "nobody", "refused"),
        ("key.add", "root", "done"),
    ]
    assert answer["rows"][0]["subject"] == "shop"
    rest = admin.get(f"/audit?below={answer['below']}").json
    assert [row["subject"] for row in rest["rows"]] == ["two", "one"]
    assert rest["below"] is None
    assert [row["subject"] for row in admin.get("/audit?subject=two").json["rows"]] == ["two"]
    assert admin.get("/audit?outcome=refused&since=0").json["rows"][0]["address"] == "127.0.0.1"
    assert admin.get("/audit?outcome=maybe").status_code == 400
    assert admin.get("/audit?until=1").json["rows"] == []
    page = admin.get("/admin/audit?subject=two").text
    assert "two" in page
    assert "three" not in page
    assert admin.get("/admin/audit?below=x&who=%00").status_code == 200


def test_without_users_the_pages_say_what_they_are_for(tmp_path):
    client = installed(tmp_path / "home").client
    assert "only with DATAFLOW_AUTH=local" in client.get("/admin/users").text
    assert "keys are not checked" in client.get("/admin/keys").text
    answer = client.post("/admin/users", data={"do": "add"}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 409
