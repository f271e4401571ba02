"""Whether the server says truly how it is."""

from __future__ import annotations

import threading

from forecasting.settings import Settings
from webapp import create_app
from webapp.api.health_checks import HealthChecks
from webapp.app.context import Context


def test_health_of_a_fresh_home(client):
    for path in ("/datasets", "/models"):  # what is opened for the first time may take longer than the checks wait
        client.get(path)
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json["status"] == "healthy"
    assert "nasa-http" in response.json["model_sets"]


def test_health_with_a_database_that_is_none(settings):
    settings.prepare_home()
    settings.catalog_path.write_bytes(b"this is no database" * 100)
    response = create_app(settings).server.test_client().get("/health")
    assert response.status_code == 503
    assert (response.json["success"], response.json["status"]) == (False, "unhealthy")
    assert [error["field"] for error in response.json["errors"]] == ["catalog"]


def test_health_with_a_home_that_is_not_writable(tmp_path):
    (tmp_path / "file").write_text("")  # not even root can make a folder below a file
    response = create_app(Settings(home=tmp_path / "file" / "home")).server.test_client().get("/health")
    assert response.status_code == 503
    assert "home" in [error["field"] for error in response.json["errors"]]


def test_live_touches_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    response = create_app(Settings(home=tmp_path / "file" / "home")).server.test_client().get("/live?t=1")
    assert (response.status_code, response.json["status"]) == (200, "alive")


def test_ready_says_which_part_fails(settings):
    settings.prepare_home()
    settings.catalog_path.write_bytes(b"this is no database" * 100)
    response = create_app(settings).server.test_client().get("/ready")
    assert response.status_code == 503
    assert [error["field"] for error in response.json["errors"]] == ["catalog"]


def test_a_part_that_hangs_fails_and_is_not_checked_twice_at_a_time(settings):
    released, begun = threading.Event(), []

    def hang(_context: Context) -> None:
        begun.append(1)
        assert released.wait(60)

    checks = HealthChecks(Context(settings), {"disk": hang, "other": lambda _context: None}, seconds=0.05)
    assert [problem.field for problem in checks.problems() + checks.problems()] == ["disk", "disk"]
    assert len(begun) == 1
    released.set()
    checks.seconds = 60
    assert checks.problems() == []


def test_health_takes_what_a_monitor_adds_to_the_address(client):
    assert client.get("/health?t=123").status_code == 200


def test_the_root_lists_every_call_with_what_it_does(client):
    listed = client.get("/").json["endpoints"]
    paths = client.get("/openapi.json").json["paths"]
    assert {(call["method"].lower(), call["path"]) for call in listed} == {
        (method, path) for path, operations in paths.items() for method in operations
    }
    assert all(call["summary"] for call in listed)
