"""Keys of programs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forecasting.access.access_tables import keys
from forecasting.access.roles import Scope
from forecasting.database.store import Store
from forecasting.errors import InputError, NotFound


def test_a_key_is_found_by_its_text_alone(accounts, clock):
    text, key = accounts.keys.add("ci", Scope.WRITE, by="ada", days=2)
    assert accounts.keys.find(text).name == "ci"
    for wrong in (
        text[:-1],
        text + "x",
        text.replace("dfk_", "dfx_"),
        f"dfk_{key.prefix}_{'a' * 43}",
        "",
        "x" * 10_000,
    ):
        assert accounts.keys.find(wrong) is None
    clock(2 * 86_400)
    assert accounts.keys.find(text) is None
    assert accounts.keys.get(key.prefix).state == "expired"


def test_only_a_hash_is_stored(accounts):
    text, _ = accounts.keys.add("ci", Scope.READ, by="ada")
    (row,) = Store(accounts.settings).read(sa.select(keys))
    assert text.rsplit("_", 1)[1] not in str(row)


def test_the_last_use_is_written_once_a_minute(accounts, clock):
    text, key = accounts.keys.add("ci", Scope.READ, by="ada")
    uses = []
    for second in (0, 1, 59, 60, 61):
        clock(second)
        accounts.keys.find(text)
        uses.append(accounts.keys.get(key.prefix).last_used_at)
    assert [use - uses[0] for use in uses] == [0, 0, 0, 60, 60]


def test_a_revoked_key_stays_revoked(accounts, clock):
    text, key = accounts.keys.add("ci", Scope.READ, by="ada")
    assert accounts.keys.revoke(key.prefix).state == "revoked"
    clock(5)
    assert accounts.keys.revoke(key.prefix).revoked_at == key.created_at
    assert accounts.keys.find(text) is None
    with pytest.raises(NotFound):
        accounts.keys.revoke("nothing")


def test_services_belong_to_one_scope(accounts):
    _, key = accounts.keys.add("keda", Scope.RECOMMENDATION, by="ada", services=["shop", " shop ", "", "search"])
    assert key.services == ("shop", "search")
    for scope, services in ((Scope.RECOMMENDATION, []), (Scope.READ, ["shop"])):
        with pytest.raises(InputError, match="services must be given"):
            accounts.keys.add("x", scope, by="ada", services=services)
    for days in (0, 3651):
        with pytest.raises(InputError, match="days must be"):
            accounts.keys.add("x", Scope.READ, by="ada", days=days)
