"""Cards: what is read is whole, and whatever is wrong with one is said with its place."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress

import pytest

from forecasting.model_sets.card import CardDefect, card_text, public, read_card
from forecasting.model_sets.names import SHIPPED
from forecasting.paths import model_sets_root
from tests.forecasting.model_sets.cards import card

FOREIGN = (None, True, 3, -1, 2.5, "x", "", [], {}, [1], {"a": 1}, 2**70, 1e300, "\x00", "9999-99-99")


def places(value, path=()):
    """Every place of a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def put(value, path, new):
    """A copy of a JSON value with another value in one place; `new` of Ellipsis removes it."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    if new is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return changed


def test_the_card_that_was_written_is_read():
    assert read_card(card_text(card()), "mine") == card()
    assert "day_hashes" not in public(card())["data"]


def test_fields_that_another_version_wrote_stay():
    assert read_card(card_text(card(note={"a": [1, "b"]})), "mine")["note"] == {"a": [1, "b"]}


def test_any_foreign_value_anywhere_is_a_defect_or_harmless():
    whole = card()
    for path in places(whole):
        for new in (*FOREIGN, ...):
            if path or new is not ...:
                with suppress(CardDefect):
                    read = read_card(json.dumps(put(whole, path, new)), "mine")
                    assert read["models"]["15m"]["naive"]["metrics"][-1]["step"] == "all"


def test_any_part_of_the_bytes_is_a_defect():
    data = card_text(card()).encode()
    for end in range(0, len(data), 7):
        with pytest.raises(CardDefect):
            read_card(data[:end], "mine")


def test_flipped_bits_are_a_defect_or_another_whole_card():
    data, rng = card_text(card()).encode(), random.Random(7)
    for _ in range(400):
        flipped = bytearray(data)
        for _ in range(rng.randint(1, 5)):
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        with suppress(CardDefect):
            assert read_card(bytes(flipped), "mine")["model_set"] == "mine"


@pytest.mark.parametrize(
    ("path", "new", "text"),
    [
        (("schema",), 2, "its card has schema 2, and this version reads 1"),
        (("schema",), True, "its card has schema true"),
        (("data", "end"), ..., "its card lacks data.end"),
        (("data", "requests"), "many", r'wrong at data\.requests: .*number \(got "many"\)'),
        (("data", "time_zone"), "Mars/Base", "time_zone must be an IANA name"),
        (("models", "15m"), {}, "models has no model"),
        (("models", "7x"), {}, "got '7x'"),
        (("models", "15m", "oracle"), card()["models"]["15m"]["naive"], "unknown model 'oracle'"),
        (("models", "15m", "naive", "trained_until"), "2024-03-01 00:00:00", "before it starts"),
        (("models", "15m", "naive", "metrics"), card()["models"]["15m"]["naive"]["metrics"][:1], "all steps last"),
        (("model_set",), "other", "model_set must be 'mine'"),
        (("created_at",), "2024-03-01", "created_at must have an offset"),
    ],
)
def test_a_defect_names_the_place_and_the_rule(path, new, text):
    with pytest.raises(CardDefect, match=text):
        read_card(json.dumps(put(card(), path, new)), "mine")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"schema": NaN}', b"{" * 9])
def test_what_is_no_card_at_all_is_a_defect(data):
    with pytest.raises(CardDefect, match="its card"):
        read_card(data, "mine")


def test_the_shipped_card_has_the_hashes_of_its_files():
    shipped = model_sets_root() / SHIPPED
    stored = read_card((shipped / "card.json").read_bytes(), SHIPPED)
    assert set(stored["files"]) == {
        path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file()
    } - {"card.json"}
