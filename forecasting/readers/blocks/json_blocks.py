"""JSON lines by whole blocks: records of a known shape, and envelopes around the lines of another log."""

from __future__ import annotations

import numpy as np

from forecasting.readers.blocks.columns import access_lines
from forecasting.readers.blocks.fast_lines import FastReader, Text, Usual
from forecasting.readers.blocks.json_envelopes import JsonEnvelopes
from forecasting.readers.blocks.json_shapes import JsonShapes

MOST_LEFT_SHARE = 0.5
"""Reading half of the lines one by one costs no more than reading all of them."""


class JsonBlocks:
    """Reads a block by the shapes of its records, or inside its envelopes, whichever reads more."""

    def __init__(self) -> None:
        self._shapes = JsonShapes()
        self._envelopes = JsonEnvelopes(JsonShapes(), access_lines)
        self._prefers_envelopes = False

    def __call__(self, text: Text) -> Usual | None:
        """Read a block; None if neither way reads a line."""
        readers: list[FastReader] = [self._shapes, self._envelopes]
        if self._prefers_envelopes:
            readers.reverse()
        first = readers[0](text)
        if first is not None and 2 * np.count_nonzero(first.ok) > len(first.ok):
            return first
        second = readers[1](text)
        if second is None or (first is not None and np.count_nonzero(first.ok) >= np.count_nonzero(second.ok)):
            return first
        self._prefers_envelopes = readers[1] is self._envelopes
        return second
