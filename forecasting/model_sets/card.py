"""The card of a model set: its training data, the library versions, one entry per model, and the hashes of its files.

The types are the only definition of a card: stored cards are validated with them, and the API documents them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NotRequired, cast

import orjson
from pydantic import Field, TypeAdapter, ValidationError, with_config
from pydantic_core import from_json
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from forecasting.errors import InputError
from forecasting.forecasters.card_entry import MOST_SAFE, OPEN, CardEntry, Finite, WallTime
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.timeseries.clock import zone_of
from forecasting.timeseries.timeframes import bin_seconds_of

SCHEMA = 1
MOST_BYTES = 16 * 2**20
"""A card of 27 models with the fingerprints of 20 years has 2 MB."""

ALL_STEPS, MOST_SHOWN = "all", 40


class CardDefect(ValueError):
    """A card that cannot be used; the text says where and why."""


@with_config(OPEN)
class TrainingData(TypedDict):
    """The series that a set was trained on; times are wall time."""

    name: str
    synthetic: bool
    time_zone: str | None
    start: WallTime
    end: WallTime
    requests: Annotated[Finite, Field(ge=0)]


@with_config(OPEN)
class CardData(TrainingData):
    """The same with `day_hashes`, its fingerprints (`Series.day_hashes`) by timeframe."""

    day_hashes: dict[str, dict[str, str]]


@with_config(OPEN)
class FileFacts(TypedDict):
    """The size and the SHA-256 of one file of a set."""

    bytes: Annotated[int, Field(ge=0, le=MOST_SAFE)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@with_config(OPEN)
class _CardFacts(TypedDict):
    schema: Annotated[Literal[1], Field(description="Version of this layout")]
    model_set: str
    created_at: Annotated[str, Field(description="ISO 8601, UTC")]
    libraries: Annotated[dict[str, str], Field(description="Version by package")]
    models: Annotated[dict[str, dict[str, CardEntry]], Field(description="By timeframe, then by model")]


@with_config(OPEN)
class Card(_CardFacts):
    """The content of a stored card; `models` has the entries by timeframe and model, `files` each file by its path."""

    data: CardData
    files: NotRequired[dict[str, FileFacts]]


@with_config(OPEN)
class PublicCard(_CardFacts):
    """The card of a set without the fingerprints of its training days and without its files."""

    data: TrainingData


_ADAPTER = TypeAdapter(Card)


def read_card(data: bytes | str, name: str) -> Card:
    """Return the card of the set `name`; raises CardDefect with the place and the rule that it breaks."""
    if len(data) > MOST_BYTES:
        raise CardDefect(f"its card has {len(data):,} bytes; at most {MOST_BYTES:,} are possible")
    try:
        content = from_json(data, allow_inf_nan=False)
        orjson.dumps(content)  # refuses integers that JSON cannot carry everywhere
    except (ValueError, TypeError) as error:
        raise CardDefect(f"its card is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise CardDefect(f"its card is {_json_type(content)} instead of an object")
    schema = content.get("schema")
    if schema != SCHEMA or isinstance(schema, bool):
        raise CardDefect(f"its card has schema {_json_type(schema)}, and this version reads {SCHEMA}")
    try:
        card = _ADAPTER.validate_python(content)
        _check_consistent(card, name)
    except ValidationError as error:
        raise CardDefect(_first_of(error)) from None
    except (ValueError, InputError) as error:
        raise CardDefect(f"its card is wrong: {error}") from None
    return card


def card_text(card: Mapping[str, object]) -> str:
    """Return the card as it is stored."""
    return json.dumps(card, indent=1, allow_nan=False)


def public(card: Card) -> PublicCard:
    """Return a card without its files and the fingerprints of its training days, which only recognise a series."""
    data = {key: value for key, value in card["data"].items() if key != "day_hashes"}
    rest = {key: value for key, value in card.items() if key not in ("data", "files")}
    return cast("PublicCard", {**rest, "data": data})


def _first_of(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False, include_context=False, include_input=True)
    place = ".".join(map(str, first["loc"])) or "card"
    more = f", and {len(others)} more" if others else ""
    if first["type"] == "missing":
        return f"its card lacks {place}{more}"
    return f"its card is wrong at {place}: {first['msg']} (got {_json_type(first['input'])}){more}"


def _json_type(value: object) -> str:
    text = json.dumps(value, default=str)
    if len(text) <= MOST_SHOWN:
        return text
    return "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else f"{text[:40]}..."


def _check_consistent(card: Card, name: str) -> None:
    """Raise ValueError or InputError for what types alone do not rule out."""
    if card["model_set"] != name:
        raise ValueError(f"model_set must be {name!r} (got {card['model_set'][:80]!r})")
    if datetime.fromisoformat(card["created_at"]).tzinfo is None:
        raise ValueError(f"created_at must have an offset from UTC (got {card['created_at']!r})")
    data = card["data"]
    zone_of(data["time_zone"])
    _check_rising("data", data["start"], data["end"])
    if not any(card["models"].values()):
        raise ValueError("models has no model")
    for timeframe in (*card["models"], *data["day_hashes"]):
        bin_seconds_of(timeframe)
    for timeframe, entries in card["models"].items():
        for model, entry in entries.items():
            if model not in MODEL_NAMES:
                raise ValueError(f"models.{timeframe} has the unknown model {model[:80]!r}")
            _check_entry(f"models.{timeframe}.{model}", entry)


def _check_entry(place: str, entry: CardEntry) -> None:
    _check_rising(place, entry["trained_from"], entry["trained_until"])
    _check_rising(place, entry["metrics_from"], entry["metrics_until"])
    steps = [row["step"] for row in entry["metrics"]]
    if steps[-1] != ALL_STEPS or len(set(steps)) < len(steps):
        raise ValueError(f"{place}.metrics must have one row per step, and the one of all steps last")


def _check_rising(place: str, start: str, end: str) -> None:
    if not start < end:
        raise ValueError(f"{place} ends at {end}, before it starts at {start}")
