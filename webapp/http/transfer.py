"""What goes over the network: compressed, and kept by the browser, so that a second visit asks for little."""

from __future__ import annotations

import re

from flask import Flask, Response, request

ASSETS = "/assets/"
FINGERPRINT = "m"
"""Dash adds the time of the last change of one of our files to its address under this key."""

COMPRESSED = (
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "image/x-icon",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/yaml",
)
YEAR_SECONDS = 365 * 86_400
_ENCODING = re.compile(r":(?:zstd|br|gzip|deflate)(?=\")")


def install(server: Flask) -> None:
    """Let `server` say of files what may be kept, and recognise the ones that a browser has kept.

    To be called before Dash, which installs the compression, is put on top.
    """
    server.config["COMPRESS_MIMETYPES"] = list(COMPRESSED)

    @server.before_request
    def tidy_tag() -> None:
        # Compression adds its name to a file's tag. What knows only the tag itself would send the whole file again, or
        # compress it again to find that nothing changed.
        tags = request.environ.get("HTTP_IF_NONE_MATCH")
        if tags:
            request.environ["HTTP_IF_NONE_MATCH"] = _ENCODING.sub("", tags)

    @server.after_request
    def keep(response: Response) -> Response:
        is_asset = request.path.startswith(ASSETS) and FINGERPRINT in request.args
        if is_asset and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response
