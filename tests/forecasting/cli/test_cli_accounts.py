"""`dataflow users` and `dataflow keys`, and the audit of what they change."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from forecasting.access.accounts import Accounts
from forecasting.settings import Settings

PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch):
    """Type a line into standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(Settings(home=tmp_path / "home"))


def test_users_are_added_changed_and_removed(dataflow, typed, accounts):
    typed(PASSWORD)
    added = dataflow("users", "add", "ada", "--role", "admin", "--password-stdin")
    assert (added.code, added.out) == (0, "ada may log in with the role admin\n")
    assert accounts.users.authenticate("ada", PASSWORD)
    typed("another long password")
    assert dataflow("users", "password", "ada", "--password-stdin").code == 0
    assert accounts.users.authenticate("ada", PASSWORD) is None
    typed(PASSWORD)
    assert dataflow("users", "add", "bob", "--role", "viewer", "--password-stdin", "--json").json["role"] == "viewer"
    assert dataflow("users", "role", "bob", "--role", "operator").out == "bob has the role operator\n"
    assert dataflow("users", "disable", "bob").out == "bob may not log in\n"
    assert dataflow("users", "enable", "bob").out == "bob may log in\n"
    assert [user["name"] for user in dataflow("users", "list", "--json").json] == ["ada", "bob"]
    assert dataflow("users", "remove", "bob").code == 0
    rows = accounts.audit.rows()
    assert [row.action for row in rows] == [
        *("user.remove", "user.enable", "user.disable", "user.role", "user.add", "user.password", "user.add")
    ]
    assert {row.via for row in rows} == {"command line"}
    assert rows[3].before == {"role": "viewer"}
    assert rows[3].after == {"role": "operator"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("users", "add", "ada", "--role", "king"), 2, "'king' is not one of"),
        (("users", "add", "a,b", "--role", "viewer", "--password-stdin"), 2, "name must be 1 to 128 characters"),
        (("users", "role", "nobody", "--role", "viewer"), 1, "User 'nobody' not found."),
        (("keys", "revoke", "nothing"), 1, "Key 'nothing' not found."),
        (("keys", "add", "keda", "--scope", "recommendation"), 2, "services must be given"),
        (("keys", "add", "ci", "--scope", "read", "--days", "0"), 2, "days must be an integer from 1 to 3650"),
    ],
)
def test_what_they_refuse(dataflow, typed, words, code, message):
    typed(PASSWORD)
    done = dataflow(*words)
    assert (done.code, message in done.err) == (code, True)


def test_a_refusal_is_in_the_audit(dataflow, typed, accounts):
    typed("short")
    assert dataflow("users", "add", "ada", "--role", "viewer", "--password-stdin").code == 2
    (row,) = accounts.audit.rows()
    assert (row.action, row.subject, row.outcome) == ("user.add", "ada", "refused")
    assert "from 12 to 256 characters" in row.message


def test_a_key_is_printed_once_and_works_until_it_is_revoked(dataflow, accounts):
    done = dataflow("keys", "add", "keda", "--scope", "recommendation", "--service", "shop", "--service", "search")
    text = done.out.strip()
    assert accounts.keys.find(text).services == ("shop", "search")
    assert "shown this once" in done.err
    assert text not in dataflow("keys", "list").out
    (listed,) = dataflow("keys", "list", "--json").json
    assert dataflow("keys", "revoke", text[:14]).out == f"keda ({listed['prefix']}) is revoked\n"
    assert accounts.keys.find(text) is None
    assert [row.action for row in accounts.audit.rows()] == ["key.revoke", "key.add"]
    assert text.rsplit("_", 1)[1] not in str(accounts.audit.rows())


def test_check_names_what_a_mode_lacks(dataflow, monkeypatch):
    monkeypatch.setenv("DATAFLOW_AUTH", "local")
    done = dataflow("check")
    assert (done.code, "SECRET_KEY must have at least 32" in done.err) == (2, True)


def test_changes_of_data_sets_and_models_are_in_the_audit_too(dataflow, accounts, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("ds,y\n2026-01-01 00:00,1\n2026-01-01 00:01,2\n2026-01-01 00:02,3\n")
    assert dataflow("data", "import", "--name", "shop", log).code == 0
    assert dataflow("data", "import", "--name", "dry", "--dry-run", log).code == 0
    assert dataflow("data", "calendar", "shop", "--clear").code == 0
    assert dataflow("data", "rename", "shop", "store").code == 0
    assert dataflow("data", "remove", "store").code == 0
    assert dataflow("data", "remove", "store").code == 1
    assert dataflow("models", "--remove", "none").code == 1
    rows = accounts.audit.rows()
    assert [(row.action, row.subject, row.outcome) for row in reversed(rows)] == [
        ("dataset.import", "shop", "done"),
        ("calendar.store", "shop", "done"),
        ("dataset.rename", "shop", "done"),
        ("dataset.remove", "store", "done"),
        ("dataset.remove", "store", "refused"),
        ("model-set.remove", "none", "refused"),
    ]


def test_a_read_only_install_records_nothing(dataflow, monkeypatch, tmp_path):
    monkeypatch.setenv("DATAFLOW_READ_ONLY", "1")
    assert dataflow("data", "remove", "shop").code == 1
    assert not (tmp_path / "home").exists()
