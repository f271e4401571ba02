"""The card of a model set: its training data, the library versions and one entry per model."""

from __future__ import annotations

from typing import TypedDict

from forecasting.forecasters.fitted_model import CardEntry


class CardData(TypedDict):
    """The series that a set was trained on; times in wall time.

    `day_hashes` are its fingerprints (`Series.day_hashes`) by timeframe.
    """

    name: str
    synthetic: bool
    time_zone: str | None
    start: str
    end: str
    requests: float
    day_hashes: dict[str, dict[str, str]]


class Card(TypedDict):
    """The content of `card.json`; `models` has the entries by timeframe and model."""

    schema: int
    model_set: str
    created_at: str
    data: CardData
    libraries: dict[str, str]
    models: dict[str, dict[str, CardEntry]]
