"""Ways out of a refusal or a note, as buttons: messages name options of the command line, which are fields here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from dash import html
from dash.development.base_component import Component

from webapp.pages.data.files.fields import CHOICES, FLAGS, LABELS

MAX_WAYS = 8

_OPTION = re.compile(
    r"--(?P<option>[a-z]+(?:-[a-z]+)*)(?:[ ](?P<value>'[^']*'|(?!--)[^\s'();:]+))?(?:\s\((?P<hint>[^)]{1,40})\))?"
)
_PLACEHOLDER = re.compile(r"[A-Z][A-Z=]+$")
_NAMES = {"outages": "outage"}


@dataclass(frozen=True)
class Way:
    """What a button says, and the values that it gives to fields."""

    text: str
    fields: dict[str, str]


@dataclass(frozen=True)
class _Named:
    field: str
    value: str | None
    hint: str
    start: int
    end: int


def on_page(message: str) -> str:
    """Return a message with the names of fields in place of the options of the command line."""
    parts, last = [], 0
    for one in _named(message):
        parts += [message[last : one.start], _words(one.field, one.value)]
        last = one.end
    return "".join([*parts, message[last:]])


def ways(messages: Sequence[str]) -> list[Way]:
    """Return the settings that messages propose with a value, each once; options side by side are one."""
    found: dict[str, Way] = {}
    for message in messages:
        joined: list[_Named] = []
        for one in _named(message):
            if one.value is None or one.field == "append":  # "leave --append out"
                continue
            if joined and message[joined[-1].end : one.start].strip():
                joined = []
            joined.append(one)
            if len(joined) > 1:
                found.popitem()
            fields = {part.field: part.value or "" for part in joined}
            found[str(fields)] = Way(_button_text(joined), fields)
    return list(found.values())[:MAX_WAYS]


def buttons(messages: Sequence[str]) -> Component | str:
    """Return the ways out as buttons that `assets/data.js` follows; empty if there are none."""
    listed = ways(messages)
    if not listed:
        return ""
    return html.Div(
        [
            html.Button(
                way.text,
                type="button",
                className="btn btn-sm btn-outline-primary data-way-out",
                **{"data-fill": orjson.dumps(way.fields).decode()},
            )
            for way in listed
        ],
        className="data-ways-out",
        role="group",
        **{"aria-label": "Settings that this message proposes"},
    )


def _named(message: str) -> list[_Named]:
    named = []
    for match in _OPTION.finditer(message):
        option = match["option"].replace("-", "_")
        field = _NAMES.get(option, option)
        if field in LABELS:
            value, end = _value(field, match)
            named.append(_Named(field, value, match["hint"] or "", match.start(), end))
    return named


def _value(field: str, match: re.Match[str]) -> tuple[str | None, int]:
    """The value that a message gives an option, None if it is a placeholder or none, and where the option ends."""
    given = match["value"]
    if field in FLAGS:
        return "true", match.end("option")
    if given is None:
        return None, match.end("option")
    bare = given if given.startswith("'") or len(given) == 1 else given.rstrip(".,")
    value, end = bare.strip("'"), match.end("value") - (len(given) - len(bare))
    if _PLACEHOLDER.match(value):
        return None, end
    is_value = bool(value) and (field not in CHOICES or value in CHOICES[field])
    return (value, end) if is_value else (None, match.end("option"))


def _words(field: str, value: str | None) -> str:
    label = f"“{LABELS[field]}”"
    if value is None or field in FLAGS:
        return label
    if field == "pattern":  # a regular expression tells people nothing
        return f"{label} as proposed,"
    return f"{label}: {CHOICES.get(field, {}).get(value, value)}"


def _button_text(joined: Sequence[_Named]) -> str:
    if any(part.field == "pattern" for part in joined):
        return "Use the proposed pattern"
    last = joined[-1]
    shown = [
        f"{LABELS[part.field]}: {CHOICES.get(part.field, {}).get(part.value or '', part.value)}" for part in joined
    ]
    is_new = last.hint and last.hint not in shown[-1] and not last.hint.startswith(("or ", "then "))
    return ", ".join(shown) + (f" ({last.hint})" if is_new else "")
