"""Libraries of the optional extra `files`, imported when a file needs them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from forecasting.errors import FileRefused


def extra(module: str, label: str, kind: str, otherwise: str) -> ModuleType:
    """Return a module of the extra; raises FileRefused, naming the extra and another way, if it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise FileRefused(
            f"{label} is {kind}. Reading it needs an extra: pip install 'dataflow-autoscaling[files]'. Or {otherwise}."
        ) from error
