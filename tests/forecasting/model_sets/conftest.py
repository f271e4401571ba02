"""What is stored about model sets is tested on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.settings import Settings
from tests.databases import BOTH, settings_of


@pytest.fixture(params=BOTH)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a home of their own and an empty database of each kind."""
    return settings_of(request.param, tmp_path / "home", request)
