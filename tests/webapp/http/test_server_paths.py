"""No answer names a folder of the server; the log does."""

from __future__ import annotations

import pytest

from forecasting.errors import NotReady
from forecasting.settings import Settings
from webapp import create_app


def test_a_broken_home_is_named_in_the_log_only(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    client = create_app(Settings(home=tmp_path / "file" / "home")).server.test_client()
    response = client.get("/health")
    assert response.status_code == 503
    assert str(tmp_path) not in response.text
    assert "DATAFLOW_HOME" in response.json["message"]
    assert str(tmp_path) in caplog.text


@pytest.mark.parametrize("ending", ["/catalog.sqlite3 cannot be used", ": no", " is full.", "'", "."])
def test_whatever_an_error_says(settings, ending):
    server = create_app(settings).server

    def broken() -> None:
        raise NotReady(f"The folder {settings.home}{ending}")

    server.view_functions["datasets.list_datasets"] = broken
    message = server.test_client().get("/datasets").json["message"]
    assert message == f"The folder DATAFLOW_HOME{ending}"


def test_a_name_that_begins_like_the_home_is_another_one(settings):
    server = create_app(settings).server

    def broken() -> None:
        raise NotReady(f"Data set {settings.home}2 is not there.")

    server.view_functions["datasets.list_datasets"] = broken
    assert "home2" in server.test_client().get("/datasets").json["message"]
