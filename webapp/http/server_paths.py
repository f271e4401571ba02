"""Folders of the server in messages: the log names them, a client reads what they are for."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, request

from forecasting.settings import Settings
from webapp.http.guard import CALLBACKS

_TEXT = ("application/json", "text/html", "text/plain")
_BELOW = rb"(?=/[A-Za-z0-9._-]+|[\s,;:)'\"\\]|\.(?![A-Za-z0-9])|$)"


def install(server: Flask, settings: Settings) -> None:
    """Replace folders of this server in what its errors and its pages' callbacks answer."""
    names = {
        settings.home: b"DATAFLOW_HOME",
        Path(__file__).resolve().parents[2]: b"(installation)",
        Path(sys.prefix): b"(installation)",
        Path(tempfile.gettempdir()): b"(temporary folder)",
    }
    pattern, named = _pattern(names)

    @server.after_request
    def replace(response: Response) -> Response:
        concerned = response.status_code >= 400 or request.path == CALLBACKS
        if concerned and response.mimetype in _TEXT and response.is_sequence:
            data = response.get_data()
            changed = pattern.sub(lambda match: named[match[1]], data)
            if changed != data:
                response.set_data(changed)
        return response


def _pattern(names: Mapping[Path, bytes]) -> tuple[re.Pattern[bytes], dict[bytes, bytes]]:
    """Return the expression that finds the folders, the deepest first, and what each is called."""
    named = {str(form).encode(): name for path, name in names.items() for form in (path, path.absolute())}
    named |= {str(path.resolve()).encode(): name for path, name in names.items()}
    folders = sorted((folder for folder in named if folder not in (b"/", b"")), key=len, reverse=True)
    return re.compile(rb"(%s)%s" % (b"|".join(map(re.escape, folders)), _BELOW)), named
