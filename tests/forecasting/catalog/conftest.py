"""Every test of the catalog runs on both databases; one that is about the file asks for `sqlite` alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.settings import Settings
from tests.databases import BOTH, settings_of


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a home of their own and an empty database."""
    return settings_of(request.param, tmp_path / "home", request)
