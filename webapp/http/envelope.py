"""The one success envelope, the one error body, and how every exception becomes the latter."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import orjson
from dash.exceptions import DashException
from flask import Flask, Response, current_app, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from forecasting.deadline import OutOfTime
from forecasting.errors import Busy, FieldError, ForecastingError, QueueFull
from webapp.http.plain_pages import error_page, wants_html
from webapp.http.request_log import request_id
from webapp.server.lanes import RETRY_SECONDS

log = logging.getLogger(__name__)

_SENT_AS = {"outages": "outage"}
"""Fields that have another name in the calls than in the service layer."""


class OrjsonProvider(DefaultJSONProvider):
    """Flask's JSON through orjson: numpy arrays go out as they are, NaN and Infinity as null."""

    _options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return the JSON text of `obj`."""
        return orjson.dumps(obj, option=self._options).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return the value of JSON text; raises ValueError for NaN, Infinity and numbers out of range."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a JSON response, without the detour over text."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), option=self._options)
        return current_app.response_class(body, mimetype="application/json")


def success(message: str, *, status: int = 200, **fields: Any) -> tuple[Response, int]:
    """Return the success envelope: `success`, `message` and the fields of the call."""
    return jsonify(success=True, message=message, **fields), status


def failure(code: int, text: str, errors: Sequence[FieldError] = (), /, **fields: Any) -> Response:
    """Return the error body: `success`, `message`, one `{field, message}` for each wrong field, and more `fields`."""
    listed = [{"field": error.field, "message": error.message} for error in errors]
    if code >= 500:
        fields["request_id"] = request_id()
    response = jsonify(success=False, message=text, errors=listed, **fields)
    response.status_code = code
    return response


def refusal(status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """Return the error body, or a small page if a browser requested something outside the API."""
    of_api = isinstance(current_app.blueprints.get(request.blueprint or ""), APIBlueprint)
    if not of_api and wants_html(request):
        return Response(error_page(status, message), status, headers, mimetype="text/html")
    response = failure(status, message)
    response.headers.extend(headers or {})
    return response


def install(server: Flask) -> None:
    """Let `server` write JSON through orjson, and answer every exception with the error body."""
    server.json = OrjsonProvider(server)
    server.register_error_handler(ForecastingError, refused)
    server.register_error_handler(HTTPException, _from_http)
    server.register_error_handler(DashException, _from_dash)
    server.register_error_handler(Exception, _from_bug)


def refused(error: ForecastingError, **fields: Any) -> Response:
    """Return the error body of an error of the service layer, and more `fields`."""
    if error.status >= 500:
        log.error("%s %s: %s", request.method, request.path, error.message)
    errors = [
        FieldError(_SENT_AS.get(wrong.field, wrong.field), wrong.message) for wrong in getattr(error, "errors", ())
    ]
    response = failure(error.status, error.message, errors, **fields)
    if isinstance(error, Busy | QueueFull):
        response.headers["Retry-After"] = str(error.retry_seconds)
    elif isinstance(error, OutOfTime):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _from_http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return refusal(error.code, _http_message(error), headers=headers)


def _http_message(error: HTTPException) -> str:
    if isinstance(error, RequestEntityTooLarge):
        limit = request.max_content_length
        return f"The request must have at most {limit} bytes and {request.max_form_parts} form parts."
    return error.description or error.name


def _from_dash(error: DashException) -> Response:
    # Dash raises for an unknown file of a component library and for a callback that is not registered.
    log.info("%s %s: %s", request.method, request.path, error)
    return refusal(404, f"Path {request.path} not found.")


def _from_bug(error: Exception) -> Response:
    number = request_id()
    log.error("%s %s failed, number %s", request.method, request.path, number, exc_info=error)
    return refusal(500, f"Internal error. See number {number} in the server log.")
