"""The headers that tell a browser what our pages may do."""

from __future__ import annotations

from dash import Dash
from flask import Response, request

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def install(app: Dash) -> None:
    """Set the headers on every response of `app`; after every callback is registered."""
    scripts = " ".join(["'self'", *app.csp_hashes()])
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )

    @app.server.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(_ALWAYS)
        response.headers["Content-Security-Policy"] = policy
        if request.path == "/":
            response.vary.add("Accept")
        return response
