"""Applications and servers with homes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from forecasting.settings import Settings
from tests.webapp.serving import running_server
from webapp import create_app


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of an application that tests only read from."""
    home = tmp_path_factory.mktemp("reading") / "home"
    # All tests are one client here, which makes more heavy calls in a minute than any user.
    return create_app(Settings(home=home, heavy_rate=1_000_000)).server.test_client()


@pytest.fixture
def own_client(settings: Settings) -> FlaskClient:
    """A client of an application that this test may change."""
    return create_app(settings).server.test_client()


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with two workers, shared by the tests that need one."""
    home: Path = tmp_path_factory.mktemp("serving") / "home"
    with running_server(home, workers=2) as address:
        yield address


@pytest.fixture(scope="session")
def points() -> list[dict]:
    """300 five-minute bins with a daily swing, as the API takes them."""
    return [
        {"ds": f"1995-08-{1 + i // 288:02d} {i % 288 // 12:02d}:{i % 12 * 5:02d}:00", "y": 100.0 + i % 288 / 3 + i % 7}
        for i in range(300)
    ]
