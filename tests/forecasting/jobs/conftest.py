"""Every test of jobs runs on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.jobs import JobQueue
from forecasting.settings import Settings
from tests.databases import BOTH, settings_of


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a home of their own and an empty database."""
    return settings_of(request.param, tmp_path / "home", request)


@pytest.fixture
def queue(settings: Settings) -> JobQueue:
    """The jobs of these settings."""
    return JobQueue(settings)
