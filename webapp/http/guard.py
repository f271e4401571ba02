"""The guard: 404 for a path that is neither page nor endpoint, 405 for a known path with another method.

Dash registers `GET /<path:path>` and answers 200 to every path. So each request is checked before it: only the paths of
registered pages may reach that rule.
"""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from webapp.http.envelope import refusal
from webapp.http.plain_pages import wants_html

CATCH_ALL = "/<path:path>"
CALLBACKS = "/_dash-update-component"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def install(app: Dash, page_paths: frozenset[str], api_root: Callable[[], Response]) -> None:
    """Check every request to `app`, whose pages are at `page_paths`; `api_root` answers `/` for programs."""

    @app.server.before_request
    def check() -> Response | None:
        if request.path == "/" and request.method in ("GET", "HEAD") and not wants_html(request):
            return api_root()
        if request.path in page_paths and request.method in ("GET", "HEAD"):
            return None
        return _options() or _unrouted() or _unknown_callback(app)


def _options() -> Response | None:
    """Return the answer to OPTIONS; Flask would include the methods of Dash's rule."""
    allowed = _allowed_methods() if request.method == "OPTIONS" else []
    return Response(headers={"Allow": ", ".join(allowed)}) if allowed else None


def _unrouted() -> Response | None:
    error = request.routing_exception
    if isinstance(error, RequestRedirect) or (error is None and request.endpoint != CATCH_ALL):
        return None
    allowed = _allowed_methods()
    if allowed:
        message = f"Method {request.method} is not allowed for {request.path}. Allowed: {', '.join(allowed)}."
        return refusal(405, message, headers={"Allow": ", ".join(allowed)})
    return refusal(404, f"Path {request.path} not found. GET /openapi.json lists all calls.")


def _allowed_methods() -> list[str]:
    """Return the methods of the requested path, without those that only Dash's rule takes."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # noqa: S101  # within a request there is one
    allowed = [method for method in METHODS if _endpoint_of(adapter, method) not in (None, CATCH_ALL)]
    implied = [method for method, by in (("HEAD", "GET" in allowed), ("OPTIONS", allowed)) if by]
    return allowed + implied


def _endpoint_of(adapter: MapAdapter, method: str) -> str | None:
    try:
        return adapter.match(method=method)[0]
    except HTTPException:
        return None


def _unknown_callback(app: Dash) -> Response | None:
    """Refuse a callback that does not exist, or inputs that are not those of the callback; Dash would answer 500."""
    if request.path != CALLBACKS or request.method != "POST":
        return None
    body = request.get_json()
    callback = app.callback_map.get(str(body.get("output"))) if isinstance(body, dict) else None
    known = callback and all(_fits(body.get(part, []), callback[part]) for part in ("inputs", "state"))
    if known and isinstance(body.get("outputs", []), list | dict):
        return None
    return refusal(400, "Callback not found; reload the page.")


def _fits(given: object, declared: list) -> bool:
    """Return whether inputs match those declared: each one or, for a pattern, several with an id and a property."""
    if not isinstance(given, list) or len(given) != len(declared):
        return False
    flat = [one for several in given for one in (several if isinstance(several, list) else [several])]
    return all(isinstance(one, dict) and {"id", "property"} <= set(one) for one in flat)
