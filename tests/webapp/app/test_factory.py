"""The application as it is put together: its failures are told without details, and two of them never mix."""

from __future__ import annotations

import dash
import pytest
from dash import Input, Output

from forecasting.errors import InputError
from forecasting.settings import Settings
from tests.webapp.rendering import CALLBACKS, found, rendered
from webapp import create_app
from webapp.pages import PAGES
from webapp.ui.components.notices import shown_in_place


def post(client, output: str):
    """What a callback with one input answers."""
    name, _, prop = output.partition(".")
    return client.post(
        CALLBACKS,
        json={
            "output": output,
            "outputs": {"id": name, "property": prop},
            "inputs": [{"id": "trial-in", "property": "value", "value": 1}],
            "changedPropIds": ["trial-in.value"],
        },
    )


@pytest.fixture
def client(settings: Settings):
    """A client of an application with two callbacks that fail."""
    app = create_app(settings)

    @app.callback(Output("trial-bug", "children"), Input("trial-in", "value"))
    def bug(_value):
        return {}["a secret of the house"]

    @app.callback(Output("trial-refusal", "children"), Input("trial-in", "value"))
    @shown_in_place
    def refusal(_value):
        raise InputError("value is 1; write 2.")

    return app.server.test_client()


def test_a_callback_that_fails_says_so_in_a_corner_and_the_log_has_the_rest(client, caplog):
    answer = post(client, "trial-bug.children")
    assert answer.status_code in (200, 204)
    toast = answer.json["sideUpdate"]["toast"]
    assert toast["is_open"] is True
    number = toast["children"].split("number ")[1].split()[0].rstrip(".")
    assert f"A callback failed, number {number}" in caplog.text
    assert "secret" in caplog.text
    assert "secret" not in answer.text


def test_what_the_service_layer_refuses_stands_in_its_place(client):
    answer = post(client, "trial-refusal.children")
    drawn = answer.json["response"]["trial-refusal"]["children"]
    assert found(drawn, children="value is 1; write 2.")
    assert "sideUpdate" not in answer.json


def test_two_applications_in_one_process_both_work(tmp_path):
    first, second = (create_app(Settings(home=tmp_path / name)) for name in ("one", "two"))
    for app in (first, second):
        for page in PAGES:
            assert rendered(app.server.test_client(), page.path)
    assert [page["path"] for page in dash.page_registry.values()] == [page.path for page in PAGES]
