"""The signal that data sets have changed, and the message of a read-only install."""

from __future__ import annotations

import secrets

from dash import set_props

CHANGED = "data-changed"
"""The store that triggers a redraw of the table."""

READ_ONLY_REASON = "This install is read-only (DATAFLOW_READ_ONLY=1)."


def say_changed() -> None:
    """Have the table redrawn."""
    set_props(CHANGED, {"data": secrets.token_hex(4)})
