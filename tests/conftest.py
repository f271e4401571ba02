"""Fixtures that every test may use, and the markers that folders imply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings

from forecasting.access import passwords
from forecasting.settings import Settings
from tests.log_lines import write_all

pytest_plugins = ["tests.databases"]

hypothesis_settings.register_profile("no-deadline", deadline=None)
hypothesis_settings.load_profile("no-deadline")  # a machine that is busy is not a fault

TESTS = Path(__file__).resolve().parent
SLOW_FILES = (
    "benchmarks",
    "forecasting/catalog/test_processes.py",
    "forecasting/database/test_killed_upgrades.py",
    "forecasting/forecasters/test_equal_to_libraries.py",
    "forecasting/forecasters/adaptive/test_adaptive_leaks.py",
    "forecasting/forecasters/test_leaks.py",
    "forecasting/model_sets/test_training.py",
    "test_packaging.py",
    "docs",
    "webapp/app/test_processes.py",
    "webapp/app/test_serve.py",
    "webapp/app/test_shipped_answers.py",
    "webapp/app/test_two_installs.py",
    "webapp/jobs",
    "webapp/test_nothing_is_unpickled.py",
)
"""Files and folders whose tests start processes, train models or replay for long."""
SERVER = "url"
"""The fixture that starts a server."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: gzip writes the time into its own, and all processes must find the same tests."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `browser` by folder, and `slow` what needs a server, processes of its own or training."""
    slow = [TESTS / name for name in SLOW_FILES]
    for item in items:
        if item.path.is_relative_to(TESTS / "browser"):
            item.add_marker(pytest.mark.browser)
        elif SERVER in getattr(item, "fixturenames", ()) or any(map(item.path.is_relative_to, slow)):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords with the least work: no test is about how long an attacker needs."""
    usual = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._HASHER = usual


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs and tables of counts of every kind (`tests.log_lines`)."""
    return write_all(tmp_path_factory.mktemp("recordings") / "files")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of their own."""
    return Settings(home=tmp_path / "home")
