"""Failed logins are counted, by account and by address, and forgotten."""

from __future__ import annotations

import pytest

from forecasting.access.login_limits import PER_ACCOUNT, PER_ADDRESS, PER_PAIR, WINDOW_SECONDS, TooManyAttempts


def test_one_account_from_one_address(accounts, clock):
    limits = accounts.login_limits
    for _ in range(PER_PAIR):
        limits.begin("ada", "10.0.0.1")
    with pytest.raises(TooManyAttempts) as refused:
        limits.begin("ada", "10.0.0.1")
    assert refused.value.retry_after == WINDOW_SECONDS
    limits.begin("ada", "10.0.0.2")
    limits.begin("bob", "10.0.0.1")
    clock(WINDOW_SECONDS - 1)
    with pytest.raises(TooManyAttempts):
        limits.begin("ada", "10.0.0.1")
    clock(WINDOW_SECONDS)
    limits.begin("ada", "10.0.0.1")


def test_a_success_forgets_the_failures_of_the_pair_only(accounts, clock):
    limits = accounts.login_limits
    for _ in range(PER_PAIR):
        limits.begin("ada", "10.0.0.1")
        limits.begin("bob", "10.0.0.1")
    limits.succeeded("ada", "10.0.0.1")
    limits.begin("ada", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        limits.begin("bob", "10.0.0.1")


@pytest.mark.parametrize(("most", "of"), [(PER_ADDRESS, "address"), (PER_ACCOUNT, "account")])
def test_many_accounts_or_many_addresses(accounts, clock, most, of):
    limits = accounts.login_limits
    for number in range(most):
        limits.begin(*((f"u{number}", "10.0.0.1") if of == "address" else ("ada", f"10.0.0.{number}")))
    with pytest.raises(TooManyAttempts):
        limits.begin(*(("new", "10.0.0.1") if of == "address" else ("ada", "10.1.0.1")))
    limits.begin("else", "10.2.0.1")
