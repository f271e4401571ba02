"""JSON lines that wrap the lines of another log, as Docker, Filebeat and journald write them, by whole blocks.

The form of an envelope is taken from one line: fixed keys, and texts and numbers between them that vary. The texts
that it wraps are put into a block of their own, which a fast reader reads. Everything else is left to `json_line`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import orjson

from forecasting.readers.blocks.fast_lines import FastReader, Text, Usual
from forecasting.readers.logs import json_keys as keys
from forecasting.readers.logs.json_keys import FlatRecord, plain
from forecasting.readers.logs.json_lines import inner_line, loads
from forecasting.readers.streams import NEWLINE

MAX_LINE = 1 << 15
MAX_ATTEMPTS = 16
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(rb"[^\s{}\[\]:,]+")
_ESCAPE = rb'\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})'
_CONTENT = rb'[^"\\\x00-\x1f]*+(?:' + _ESCAPE + rb'[^"\\\x00-\x1f]*+)*+'
_ANY_SCALAR = rb"(?:-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|true|false|null)"
_BACKSLASH = ord("\\")


@dataclass(frozen=True)
class Envelope:
    """What matches every line; its group is the text inside one of this form. `is_json` if that is JSON itself."""

    pattern: re.Pattern[bytes]
    is_json: bool

    @classmethod
    def of(cls, line: bytes) -> Envelope | None:
        """Take the form of a line; None if it wraps no record for certain."""
        record = loads(line) if len(line) < MAX_LINE and line.startswith(b"{") else None
        key_and_text = _wrapped(record) if isinstance(record, dict) else None
        if key_and_text is None:
            return None
        key, text = key_and_text
        tokens = list(_TOKEN.finditer(line))
        is_key = [bool(re.match(rb"\s*:", line[token.end() :])) for token in tokens]
        parts, at, inside = [], 0, 0
        for number, token in enumerate(tokens):
            parts.append(_gap(line[at : token.start()]))
            at = token.end()
            if is_key[number]:
                if b"\\" in token[0] or not _is_harmless(plain(token[0].decode()), key, line[at:]):
                    return None
                parts.append(re.escape(token[0]))
            elif number and is_key[number - 1] and _is_wrapped(tokens[number - 1][0], key, token[0], text):
                inside += 1
                parts.append(b'"(' + _CONTENT + b')"')
            else:
                parts.append(b'"' + _CONTENT + b'"')
        if inside != 1:
            return None
        form = b"".join([*parts, _gap(line[at:])])
        return cls(re.compile(rb"(?m)^(?:" + form + rb"\r?$|.*$)"), text.strip().startswith("{"))


def _wrapped(record: dict[str, object]) -> tuple[str, str] | None:
    """The key and the text that a record wraps; None if other lines of its form could wrap another."""
    flat = FlatRecord.of(record)
    for key in map(plain, keys.TEXT_KEYS):
        for values in (flat.by_path, flat.by_key):
            text = values.get(key)
            if isinstance(text, str) and text.strip():
                line = inner_line(text.strip())
                return (key, text) if line is not None and line.moment is not None else None
    return None


def _is_harmless(key: str, wrapped: str, rest: bytes) -> bool:
    """Whether a key can hold nothing in another line that the reader would prefer to the text inside."""
    texts = [plain(one) for one in keys.TEXT_KEYS]
    if re.match(rb"\s*:\s*[{\[]", rest):
        return True
    is_preferred = key in texts and texts.index(key) < texts.index(wrapped)
    return not is_preferred and key != "logger" and key not in keys.STATUS_KEYS


def _is_wrapped(key: bytes, wanted: str, token: bytes, text: str) -> bool:
    return wanted.endswith(plain(key.decode())) and loads(token) == text


def _gap(text: bytes) -> bytes:
    """What stands between texts: brackets and colons as they are, and any number in place of one."""
    parts, at = [], 0
    for scalar in _SCALAR.finditer(text):
        parts += [re.escape(text[at : scalar.start()]), _ANY_SCALAR]
        at = scalar.end()
    return b"".join([*parts, re.escape(text[at:])])


class JsonEnvelopes:
    """Reads the lines inside envelopes of one form."""

    def __init__(self, read_json: FastReader, read_text: FastReader):
        self._read_json, self._read_text = read_json, read_text
        self._envelope: Envelope | None = None
        self._attempts = 0

    def __call__(self, text: Text) -> Usual | None:
        """Read a block; None if its lines are no envelopes."""
        raw = text.data.tobytes()
        while self._envelope is None and self._attempts < min(MAX_ATTEMPTS, len(text.ends)):
            line = raw[text.starts[self._attempts] : text.ends[self._attempts]]
            self._envelope = Envelope.of(line.rstrip(b"\r"))
            self._attempts += 1
        if self._envelope is None or not _is_utf8(raw):
            return None
        inside = self._envelope.pattern.findall(raw)[:-1]  # without what follows the last line end
        if not any(inside):
            return None
        inner = Text.of(_unescaped(inside))
        usual = (self._read_json if self._envelope.is_json else self._read_text)(inner)
        if usual is None or len(usual.ok) != len(text.ends):
            return None
        usual.ok[inner.starts == inner.ends] = False
        if not self._envelope.is_json:
            slashes = np.flatnonzero(inner.data == _BACKSLASH)
            usual.ok[np.searchsorted(inner.ends, slashes)] = False
        return usual


def _unescaped(texts: list[bytes]) -> bytes:
    """The texts as lines; the line end that a text itself ends with is left out, and other odd ones are emptied."""
    joined = b"\n".join([*texts, b""])
    data = np.frombuffer(joined, dtype=np.uint8)
    slashes = np.flatnonzero(data == _BACKSLASH)
    if not len(slashes):
        return joined
    after = data[slashes + 1]
    is_end = (after == ord("n")) & (data[np.minimum(slashes + 2, len(data) - 1)] == NEWLINE)
    is_usual = is_end | (after == ord('"')) | (after == ord("/"))
    stays = np.ones(len(data), dtype=bool)
    stays[slashes] = False
    stays[slashes[is_end] + 1] = False
    plain_text = data[stays].tobytes()
    if is_usual.all():
        return plain_text
    lines = plain_text.split(b"\n")
    for i in np.unique(np.searchsorted(np.flatnonzero(data == NEWLINE), slashes[~is_usual])).tolist():
        lines[i] = _decoded(texts[i])
    return b"\n".join(lines)


def _decoded(text: bytes) -> bytes:
    """A text whose escapes are any of JSON's; empty if it is none, or several lines."""
    try:
        value: str = orjson.loads(b'"' + text + b'"')
    except orjson.JSONDecodeError:
        return b""
    line = value.rstrip("\n").encode()
    return b"" if b"\n" in line or b"\r" in line else line


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
