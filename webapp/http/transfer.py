"""Transfer: compressed, and cached by the browser, so that a second visit requests little."""

from __future__ import annotations

import re

from flask import Flask, Response, request

ASSETS = "/assets/"
FINGERPRINT = "m"
"""The key under which Dash adds the time of a file's last change to its address."""

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
    """Set the caching headers of files on `server`, and recognise files that a browser has cached.

    Call it before Dash, which installs the compression, is put on top.
    """
    server.config["COMPRESS_MIMETYPES"] = list(COMPRESSED)

    @server.before_request
    def tidy_tag() -> None:
        # Compression adds its name to a file's tag. Without it the tag matches, and the file is not sent or
        # compressed again.
        tags = request.environ.get("HTTP_IF_NONE_MATCH")
        if tags:
            request.environ["HTTP_IF_NONE_MATCH"] = _ENCODING.sub("", tags)

    @server.after_request
    def add_caching(response: Response) -> Response:
        is_asset = request.path.startswith(ASSETS) and FINGERPRINT in request.args
        if is_asset and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response
