"""The names of model sets and of their auxiliary folders on disk."""

from __future__ import annotations

import re

from forecasting.plain_names import invalid_name

SHIPPED = "nasa-http"
"""The set used for a data set that has none of its own."""
_REPLACED, _CANDIDATE = ".replaced", ".candidate"
_NAME = r"[a-z0-9](?:[a-z0-9_-]|\.(?!replaced$)){0,62}(?:\.candidate)?"


def checked_set_name(model_set: str) -> str:
    """Return the name; raises InputError unless it is a valid lower-case name."""
    if not isinstance(model_set, str) or not re.fullmatch(_NAME, model_set):
        raise invalid_name(repr(model_set), "model_set")
    return model_set


def default_set_name(dataset: str) -> str:
    """Return the name of the set of a data set if none is given."""
    return f"{dataset}-own" if dataset == SHIPPED else dataset


def candidate_of(model_set: str) -> str:
    """Return the name of the candidate of a set."""
    return checked_set_name(model_set) + _CANDIDATE


def base_of(name: str) -> str:
    """Return the name of the set that a candidate may replace; any other name unchanged."""
    return name.removesuffix(_CANDIDATE)


def is_candidate(name: str) -> bool:
    """Return whether a name is that of a candidate, which is used only when it is named explicitly."""
    return name.endswith(_CANDIDATE)
