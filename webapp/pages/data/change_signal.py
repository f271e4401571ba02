"""The signal that the data sets have changed, and why a read-only install changes none."""

from __future__ import annotations

import secrets

from dash import set_props

CHANGED = "data-changed"
"""The store whose every change draws the table anew."""

READ_ONLY_REASON = "This install is read-only (DATAFLOW_READ_ONLY=1)."


def say_changed() -> None:
    """Have the table drawn anew."""
    set_props(CHANGED, {"data": secrets.token_hex(4)})
