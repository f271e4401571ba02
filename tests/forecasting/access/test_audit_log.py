"""The audit: bounded rows without secrets, filters, and what is removed after its days."""

from __future__ import annotations

import pytest

from forecasting.access.audit_log import DONE, MOST_CHARACTERS, REFUSALS_A_MINUTE, REFUSED, Audit, Entry, Filter
from forecasting.database.store import Store


def entry(action: str, outcome: str = DONE, **given: object) -> Entry:
    return Entry(action, "shop", outcome, "ada", "session", "10.0.0.1", **given)


def actions(audit: Audit, **wanted: object) -> list[str]:
    return [row.action for row in audit.rows(Filter(**wanted))]


def test_a_row_keeps_what_was_stored_before_and_after(accounts, clock):
    before = {"policy": "reactive", "oidc_client_secret": "hush", "deep": [{"Password": "hush"}]}
    accounts.audit.record(entry("a", before=before, after=[1, None]))
    (row,) = accounts.audit.rows()
    assert row.before == {"policy": "reactive", "oidc_client_secret": "(hidden)", "deep": [{"Password": "(hidden)"}]}
    assert (row.after, row.who, row.address) == ([1, None], "ada", "10.0.0.1")


def test_no_row_is_larger_than_its_bound(accounts):
    accounts.audit.record(
        Entry("a" * 500, "s" * 500, DONE, "w" * 500, "v" * 500, "x" * 500, "m" * 99_999, "b" * 99_999, ["é"] * 99_999)
    )
    (row,) = accounts.audit.rows()
    assert max(len(row.message), len(row.before), len(row.after)) < MOST_CHARACTERS
    assert (len(row.action), len(row.subject), len(row.who)) == (64, 128, 128)


def test_rows_are_filtered_and_paged(accounts, clock):
    for second, action in enumerate("abc"):
        clock(second)
        accounts.audit.record(entry(action, REFUSED if action == "b" else DONE))
    audit = accounts.audit
    assert actions(audit) == ["c", "b", "a"]
    newest = audit.rows(limit=1)[0]
    assert actions(audit, below=newest.id) == ["b", "a"]
    assert actions(audit, since=newest.at) == ["c"]
    assert actions(audit, until=newest.at) == ["b", "a"]
    assert actions(audit, outcome=REFUSED) == ["b"]
    assert actions(audit, who="ada", action="a", subject="shop") == ["a"]
    assert actions(audit, who="eve") == []


def test_rows_go_after_their_days(accounts, clock):
    store = Store(accounts.settings)
    Audit(store, 2).record(entry("old"))
    clock(2 * 86_400 + 1)
    assert actions(Audit(store, 2)) == []
    assert actions(Audit(store, 3)) == ["old"]
    Audit(store, 2).record(entry("new"))
    assert actions(Audit(store, 3)) == ["new"]


@pytest.mark.parametrize("accounts", ["sqlite"], indirect=True)
def test_a_flood_of_refusals_is_counted_and_not_written(accounts, clock):
    for _ in range(REFUSALS_A_MINUTE + 5):
        accounts.audit.record(entry("flood", REFUSED))
    assert len(accounts.audit.rows(limit=500)) == REFUSALS_A_MINUTE
    accounts.audit.record(entry("change"))
    assert "5 more refusals were not recorded" in accounts.audit.rows()[0].message
    clock(60)
    accounts.audit.record(entry("next", REFUSED))
    assert actions(accounts.audit)[0] == "next"
