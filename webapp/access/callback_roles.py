"""What Dash's callbacks need: viewers may call them, unless a callback states another role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dash import Dash

from forecasting.access.roles import Role

F = TypeVar("F", bound=Callable[..., object])
_ATTRIBUTE = "dataflow_callback_need"


@dataclass(frozen=True)
class CallbackNeed:
    """The role that a callback needs, and whether it starts heavy work."""

    role: Role = Role.VIEWER
    heavy: bool = False


def callback_needs(role: Role, *, heavy: bool = False) -> Callable[[F], F]:
    """State what a callback needs; put it below `app.callback`."""

    def mark(function: F) -> F:
        setattr(function, _ATTRIBUTE, CallbackNeed(role, heavy))
        return function

    return mark


def need_of(app: Dash, output: str) -> CallbackNeed:
    """Return what the callback of an output needs."""
    entry: Mapping[str, Any] = app.callback_map.get(output) or {}
    need = getattr(entry.get("callback"), _ATTRIBUTE, None)
    return need if isinstance(need, CallbackNeed) else CallbackNeed()
