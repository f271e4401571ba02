"""What the page asks for: its keys of the address."""

from __future__ import annotations

from webapp.pages.data import trace_controls
from webapp.ui.address import Key, one_of

NAME = "data"
WAYS = {
    "upload": "Upload a log or CSV",
    "nasa": "Fetch NASA-HTTP",
    "synthetic": "Make a synthetic one",
    "collector": "Send points",
}
KEYS = (Key("add", one_of(*WAYS), "upload"), *trace_controls.KEYS)
