"""The accounts of an installation on each kind of database, and a clock that a test may move."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forecasting.access import api_keys, audit_log, login_limits, login_sessions
from forecasting.access.accounts import Accounts
from tests.databases import BOTH, settings_of

NOON = 1_800_000_000


@pytest.fixture(params=BOTH)
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Accounts:
    """The accounts of an installation with an empty database."""
    return Accounts(settings_of(request.param, tmp_path / "home", request))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the clock of everything about access to seconds after NOON; it is NOON at first."""

    def at(seconds: int) -> None:
        for module in (api_keys, audit_log, login_limits, login_sessions):
            monkeypatch.setattr(module, "now", lambda: NOON + seconds)

    at(0)
    return at
