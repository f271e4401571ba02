"""What calls and callbacks change or refuse stands in the audit, with what was stored before and after."""

from __future__ import annotations

import io

import pytest

from forecasting.access.roles import Role, Scope
from tests.webapp.access.conftest import Installation, installed
from webapp.access.identity import entry_of

CSV = b"ds,y\n2026-01-01 00:00,1\n2026-01-01 00:01,2\n2026-01-01 00:02,3\n"


def imported(client, **fields: str):
    data = {"name": "shop", "file": (io.BytesIO(CSV), "shop.csv"), **fields}
    return client.post("/datasets", data=data, content_type="multipart/form-data")


def rows_of(there: Installation) -> list[tuple[str, str, str]]:
    return [(row.action, row.subject, row.outcome) for row in reversed(there.accounts.audit.rows())]


def test_every_change_of_the_api_is_a_row(local):
    client = local.key(Scope.WRITE)
    assert imported(client).status_code == 201
    assert imported(client, dry_run="true").status_code == 200
    assert imported(client).status_code == 409
    points = {"data": [{"ds": "2026-01-01 00:03", "y": 4}]}
    assert client.post("/datasets/shop/points", json=points).status_code == 200
    assert client.put("/datasets/shop/calendar", json={"calendar": []}).status_code == 200
    body = {"service": {"capacity_per_minute": 60}, "policy": "reactive"}
    assert client.put("/datasets/shop/service", json=body).status_code == 200
    assert client.put("/datasets/shop/service", json={**body, "policy": "none"}).status_code == 400
    assert client.patch("/datasets/shop", json={"name": "store"}).status_code == 200
    assert client.delete("/datasets/store").status_code == 200
    assert rows_of(local) == [
        ("dataset.import", "shop", "done"),
        ("dataset.import", "", "refused"),
        ("dataset.append-points", "shop", "done"),
        ("calendar.store", "shop", "done"),
        ("service.store", "shop", "done"),
        ("service.store", "shop", "refused"),
        ("dataset.rename", "shop", "done"),
        ("dataset.remove", "store", "done"),
    ]
    by_action = {(row.action, row.outcome): row for row in local.accounts.audit.rows()}
    stored = by_action["service.store", "done"]
    assert stored.before is None or "reactive" not in str(stored.before)
    assert stored.after["policy"] == "reactive"
    assert stored.who.startswith("key of write (")
    assert by_action["dataset.remove", "done"].before["bins"] == 4
    assert "policy must be" in by_action["service.store", "refused"].message


def test_a_refused_role_is_a_row(local):
    assert local.session(Role.VIEWER, "vera").delete("/datasets/shop").status_code == 403
    (row,) = local.accounts.audit.rows()
    assert (row.who, row.via, row.action, row.subject, row.outcome) == (
        "vera",
        "session",
        "dataset.remove",
        "shop",
        "refused",
    )
    assert "needs the role operator" in row.message


def test_a_refused_callback_is_a_row(local):
    body = {"output": "scaling-stored.children", "inputs": [], "state": []}
    assert local.session(Role.VIEWER, "vera").post("/_dash-update-component", json=body).status_code == 403
    (row,) = local.accounts.audit.rows()
    assert (row.who, row.action, row.subject) == ("vera", "callback", "scaling-stored.children")


def test_reading_is_no_row(local):
    client = local.session(Role.VIEWER)
    client.get("/datasets")
    client.get("/datasets/nothing")
    client.post("/forecast/predict", json={})
    assert local.accounts.audit.rows() == []


def test_a_read_only_server_without_users_stores_nothing_at_all(tmp_path):
    there = installed(tmp_path / "home", read_only=True)
    assert there.client.delete("/datasets/shop").status_code == 403
    assert not (tmp_path / "home").exists()


def test_an_audit_that_cannot_be_written_does_not_undo_a_change(local, caplog):
    with local.app.server.test_request_context("/"):
        entry = entry_of("something", "x")
    local.settings.prepare_home()
    local.settings.catalog_path.unlink(missing_ok=True)
    local.settings.catalog_path.mkdir()
    with local.app.server.test_request_context("/"):
        from webapp.access import change_record

        change_record.write(entry)
    assert "The audit could not be written" in caplog.text


@pytest.mark.parametrize("opened", [False, True])
def test_a_request_of_another_machine_to_a_loopback_server_is_restricted_too(tmp_path, opened):
    client = installed(tmp_path / "home", allow_anonymous=opened).client
    client.environ_base["REMOTE_ADDR"] = "10.2.3.4"
    assert client.delete("/datasets/shop").status_code == (404 if opened else 403)
    assert client.get("/datasets").status_code == 200
