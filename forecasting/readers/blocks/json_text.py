"""The quotes of a block of JSON lines that open and close texts, and what no text of JSON may hold."""

from __future__ import annotations

import numpy as np

from forecasting.readers.blocks.fast_lines import Text

_QUOTE, _BACKSLASH = b'"\\'
_IS_ESCAPE = np.zeros(256, dtype=bool)
_IS_ESCAPE[list(b'"\\/bfnrtu')] = True
_IS_HEX = np.zeros(256, dtype=bool)
_IS_HEX[list(b"0123456789abcdefABCDEF")] = True


def quotes_and_odd(text: Text) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the quotes that no backslash escapes, and of all that plain JSON does not have.

    Odd are control characters, bytes that are not UTF-8, escapes that do not exist, and halves of surrogate pairs.
    """
    data = text.data
    quotes = np.flatnonzero(data == _QUOTE)
    odd = np.flatnonzero(data < 32)
    odd = odd[data[odd] != 10]
    odd = odd[(data[odd] != 13) | (text.at(odd + 1) != 10)]
    beyond = data >= 128
    if beyond.any() and not _is_utf8(data):
        odd = np.concatenate([odd, np.flatnonzero(beyond)])
    escaping = _escaping(data)
    if not len(escaping):
        return quotes, odd
    escaped = np.zeros(len(data) + 1, dtype=bool)
    escaped[escaping + 1] = True
    after = text.at(escaping + 1)
    is_bad = ~_IS_ESCAPE[after]
    numbered = np.flatnonzero(after == ord("u"))
    digits = text.rows(escaping[numbered] + 2, 4)
    is_bad[numbered] = ~_IS_HEX[digits].all(axis=1) | (((digits[:, 0] | 32) == ord("d")) & (digits[:, 1] >= ord("8")))
    return quotes[~escaped[quotes]], np.concatenate([odd, escaping[is_bad]])


def _is_utf8(data: np.ndarray) -> bool:
    try:
        data.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _escaping(data: np.ndarray) -> np.ndarray:
    """Places of the backslashes that escape what follows, unless that is a backslash itself."""
    slashes = np.flatnonzero(data == _BACKSLASH)
    if not len(slashes):
        return slashes
    runs = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    lengths = np.diff(runs, append=len(slashes))
    return slashes[runs + lengths - 1][lengths % 2 == 1]
