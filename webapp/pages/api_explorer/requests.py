"""The requests of the page: the calls of the API, and the address key that selects one."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_openapi3 import OpenAPI

from webapp.pages.api_explorer.calls import Call, calls_of
from webapp.ui.address import Key

NAME, PATH = "api", "/api"
FIRST = "POST /forecast/predict"


def described_calls() -> tuple[Call, ...]:
    """Return every call in the OpenAPI document."""
    return calls_of(cast(OpenAPI, current_app).api_doc)


def _call_name(text: str) -> str:
    if text not in {call.name for call in described_calls()}:
        raise ValueError("must be a call of the list")
    return text


KEYS: tuple[Key, ...] = (Key("call", _call_name, FIRST),)
