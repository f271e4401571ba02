"""What the page asks for: the calls of the API, and the key of the address that chooses one."""

from __future__ import annotations

from flask import current_app

from webapp.pages.api_explorer.calls import Call, calls_of
from webapp.ui.address import Key

NAME, PATH = "api", "/api"
FIRST = "POST /forecast/predict"


def described_calls() -> tuple[Call, ...]:
    """Every call that the API describes."""
    return calls_of(current_app.api_doc)


def _call_name(text: str) -> str:
    if text not in {call.name for call in described_calls()}:
        raise ValueError("must be a call of the list")
    return text


KEYS: tuple[Key, ...] = (Key("call", _call_name, FIRST),)
