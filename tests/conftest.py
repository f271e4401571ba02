"""Fixtures that every test may use, and the markers that folders imply."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.settings import Settings
from tests.log_lines import write_all

TESTS = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser by its folder."""
    for item in items:
        if item.path.is_relative_to(TESTS / "browser"):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs and tables of counts of every kind (`tests.log_lines`)."""
    return write_all(tmp_path_factory.mktemp("recordings") / "files")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of their own."""
    return Settings(home=tmp_path / "home")
