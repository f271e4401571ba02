"""Results for the built-in data sets that ship with the packages, so that the first look is as quick as the second.

They have the keys of the result cache, which hold the versions of this software and of the data and all arguments; the
file also has a hash of the shipped models. If any of that differs, there is no result and it is computed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import orjson

from forecasting.paths import model_sets_root, sample_path


def answers_path() -> Path:
    """Return the path of the file, beside the built-in data sets."""
    return sample_path().with_name("built_in_answers.json")


@cache
def shipped_answers() -> dict[str, object]:
    """Return results by key; none if the file is absent or was made with other models."""
    path = answers_path()
    if not path.is_file():
        return {}
    stored = orjson.loads(path.read_bytes())
    return stored["answers"] if stored["models"] == models_stamp() else {}


def models_stamp() -> str:
    """Return a hash of the cards of the shipped model sets; a card has when and from what each model was made."""
    cards = sorted(model_sets_root().glob("*/card.json"))
    return hashlib.sha256(b"".join(card.read_bytes() for card in cards)).hexdigest()
