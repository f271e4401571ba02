"""The security headers of every response."""

from __future__ import annotations

from collections.abc import Sequence

from dash import Dash
from flask import Response, request

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def install(app: Dash, script_hashes: Sequence[str]) -> None:
    """Set the headers on every response of `app`; pages may run its inline scripts and those of these hashes."""

    @app.server.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(_ALWAYS)
        # Dash adds inline scripts of its own with the first request, so the hashes are known only now.
        is_page = response.mimetype == "text/html"
        policy = _PAGE.format(hashes=" ".join([*app.csp_hashes(), *script_hashes])) if is_page else _NO_PAGE
        response.headers["Content-Security-Policy"] = policy
        if request.path == "/":
            response.vary.add("Accept")
        return response
