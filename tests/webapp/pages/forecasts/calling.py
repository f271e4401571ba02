"""Calling a callback of an application as a browser does, and components as it gets them."""

from __future__ import annotations

import gzip

import orjson
from dash import Dash

from tests.webapp.rendering import CALLBACKS

MOST_BYTES = 60_000
VIEW = '{"page":"forecasts","type":"view"}'


def part(name: str) -> str:
    """The id of what a part of the page watches."""
    return f'{{"part":"{name}","type":"forecasts-part"}}'


def plain(component: object) -> object:
    """A component, or a list of them, as the browser gets it."""
    return orjson.loads(orjson.dumps(component, default=lambda one: one.to_plotly_json()))


def is_small(figure: dict) -> bool:
    """Whether a figure is small enough to be sent at every move of a control."""
    return len(gzip.compress(orjson.dumps(figure, option=orjson.OPT_SERIALIZE_NUMPY))) < MOST_BYTES


class Caller:
    """Calls the callback that writes `children` of an id; gives what it answers, by id.

    `values` are those of its inputs and states by id; `changed` is the id that brings it.
    """

    def __init__(self, app: Dash):
        self._client, self._callbacks = app.server.test_client(), app.callback_map
        self._client.get("/", headers={"Accept": "text/html"})  # Dash registers its own callbacks with the first page

    def __call__(self, output: str, values: dict[str, object], changed: str = "") -> dict:
        key = next(key for key in self._callbacks if f"{output}.children" in key)
        inputs, state = (self._callbacks[key][given] for given in ("inputs", "state"))
        outputs = [_output(name) for name in key.strip(".").split("...")]
        names = [f"{one['id']}.{one['property']}" for one in inputs]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "inputs": [_filled(one, values) for one in inputs],
            "state": [_filled(one, values) for one in state],
            "changedPropIds": [name for name in names if changed and name.startswith(changed)],
        }
        answer = self._client.post(CALLBACKS, json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json["response"] if answer.status_code == 200 else {}


def _output(name: str) -> dict[str, object]:
    identity, _, prop = name.rpartition(".")
    return {"id": _parsed(identity), "property": prop}


def _parsed(identity: str) -> object:
    return orjson.loads(identity) if identity.startswith("{") else identity


def _filled(one: dict, values: dict[str, object]) -> dict[str, object]:
    return {"id": _parsed(one["id"]), "property": one["property"], "value": values.get(one["id"])}
