"""The address keys of the page."""

from __future__ import annotations

from webapp.pages.data import trace_controls
from webapp.ui.address import Key, one_of

NAME = "data"
WAYS = {
    "upload": "Upload a log or CSV",
    "nasa": "Fetch NASA-HTTP",
    "synthetic": "Generate a synthetic one",
    "collector": "Send points by API",
}
KEYS = (Key("add", one_of(*WAYS), "upload"), *trace_controls.KEYS)
