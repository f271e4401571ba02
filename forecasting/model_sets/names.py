"""What model sets are called, and the names beside them on the disk."""

from __future__ import annotations

import re

from forecasting.errors import InputError

SHIPPED = "nasa-http"
"""The set used where a data set has none of its own."""
_REPLACED, _CANDIDATE = ".replaced", ".candidate"
_WRITING = ".writing-"
_NAME = r"[a-z0-9](?:[a-z0-9_-]|\.(?!replaced$)){0,62}(?:\.candidate)?"


def checked_set_name(model_set: str) -> str:
    """The name itself; raises InputError unless it is a plain lower-case name."""
    if not isinstance(model_set, str) or not re.fullmatch(_NAME, model_set):
        raise InputError(
            f"model_set is {model_set!r}; write lower-case letters, digits, '.', '_' or '-', starting with a letter "
            "or digit, at most 63.",
            field="model_set",
        )
    return model_set


def candidate_of(model_set: str) -> str:
    """The name under which the candidate of a set is read."""
    return checked_set_name(model_set) + _CANDIDATE


def base_of(name: str) -> str:
    """The name of the set whose place a candidate may take; any other name itself."""
    return name.removesuffix(_CANDIDATE)


def is_candidate(name: str) -> bool:
    """Whether a name is a candidate's: no series uses such a set unless it is named."""
    return name.endswith(_CANDIDATE)
