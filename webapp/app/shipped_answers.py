"""Answers about the sample that travel with the packages, so that the first look at it is as quick as the second.

They lie under the keys of `Answers`, which hold the version of this software and of the data and everything asked; the
file also says of which shipped models they were made. Where any of that differs, nothing is found and it is computed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import orjson

from forecasting.paths import model_sets_root, sample_path


def answers_path() -> Path:
    """The file, beside the sample."""
    return sample_path().with_name("sample_answers.json")


@cache
def shipped_answers() -> dict[str, object]:
    """Answers by key; none where the file is absent or was made of other models."""
    path = answers_path()
    if not path.is_file():
        return {}
    found = orjson.loads(path.read_bytes())
    return found["answers"] if found["models"] == models_stamp() else {}


def models_stamp() -> str:
    """A hash of the cards of the shipped model sets; a card has when and of what each model was made."""
    cards = sorted(model_sets_root().glob("*/card.json"))
    return hashlib.sha256(b"".join(card.read_bytes() for card in cards)).hexdigest()
