"""The guard before every request: pages, Dash's callbacks and jobs, files with data, and the API."""

from __future__ import annotations

from urllib.parse import quote

import orjson
from dash import Dash
from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forecasting.access.audit_log import DONE, REFUSED
from forecasting.access.roles import Role
from webapp.access import change_record, csrf
from webapp.access.access_rules import AccessRule, rule_of
from webapp.access.access_texts import RESTRICTED
from webapp.access.callback_roles import need_of
from webapp.access.identity import (
    COOKIE_LIKE,
    Identity,
    InvalidKey,
    entry_of,
    identity,
    is_restricted,
    missing_role,
)
from webapp.access.logins import uncached
from webapp.app.context import context
from webapp.http.envelope import refusal
from webapp.http.guard import CALLBACKS
from webapp.http.hosts import CHANGING
from webapp.http.plain_pages import wants_html

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="DataFlow Autoscaling"'}
"""Sent with 401: how a program identifies itself."""

LOG_IN = "Log in, or send a key: Authorization: Bearer KEY, or X-API-Key: KEY."
THROUGH_PROXY = "This server takes requests through its proxy, which names the user, or with a key."
OTHER_ORIGIN = (
    f"A change with the cookies of a browser must come from a page of this server: send its Origin, or {csrf.HEADER}. "
    "Programs use keys."
)


def install(app: Dash) -> None:
    """Check every request to `app` before anything else does, and record changes and refusals after it."""

    def check_access() -> AnyResponse | None:
        rule = rule_of(request.endpoint)
        if rule.role is None:
            return None
        try:
            who = identity()
        except InvalidKey as error:
            return _refused(401, error.message)
        refused = _unidentified(who) or _forbidden(rule, who) or _forged(who)
        return refused or _callback(app) or _restricted(rule)

    app.server.before_request_funcs.setdefault(None, []).insert(0, check_access)

    # Registered last, so it runs before the response is compressed.
    @app.server.after_request
    def finish(response: Response) -> Response:
        rule = rule_of(request.endpoint)
        _record(rule, response)
        if rule.terse:
            return _without_details(response)
        return response if rule.role is None or context().settings.auth == "none" else uncached(response)


def _unidentified(who: Identity) -> AnyResponse | None:
    if who.is_known:
        return None
    is_login = context().settings.has_login
    if is_login and request.method in ("GET", "HEAD") and wants_html(request):
        there = request.full_path if request.query_string else request.path
        return redirect(f"/login?next={quote(there, safe='')}", 302)
    return _refused(401, LOG_IN if is_login else THROUGH_PROXY)


def _forbidden(rule: AccessRule, who: Identity) -> Response | None:
    if rule.service is not None and who.services:
        service = str((request.view_args or {}).get(rule.service))
        return None if service in who.services else _refused(403, f"This key is not for the service {service}.")
    if rule.role is Role.OPERATOR and is_restricted():
        return None  # `_restricted` says why
    missing = missing_role(rule.role or Role.VIEWER)
    return _refused(403, missing) if missing else None


def _restricted(rule: AccessRule) -> Response | None:
    is_off = rule.heavy or rule.role is Role.OPERATOR
    return _refused(403, RESTRICTED) if is_off and is_restricted() else None


def _callback(app: Dash) -> Response | None:
    """Refuse a callback that needs a role of its own, or starts heavy work on a restricted server."""
    if request.path != CALLBACKS or request.method != "POST":
        return None
    body = request.get_json()
    output = str(body.get("output")) if isinstance(body, dict) else ""
    need = need_of(app, output)
    barred = need.heavy or need.role is not Role.VIEWER
    message = RESTRICTED if barred and is_restricted() else missing_role(need.role)
    if not message:
        return None
    if need.role is not Role.VIEWER:
        change_record.write(entry_of("callback", output, REFUSED, message))
    return _refused(403, message)


def _forged(who: Identity) -> Response | None:
    if request.method not in CHANGING or who.via not in COOKIE_LIKE or csrf.is_trusted_change():
        return None
    return _refused(403, OTHER_ORIGIN)


def _refused(status: int, message: str) -> Response:
    return refusal(status, message, headers=CHALLENGE if status == 401 else None)


def _record(rule: AccessRule, response: Response) -> None:
    """Record the outcome of a call that changes something, unless its view did."""
    if not rule.changes or request.method not in CHANGING or change_record.is_recorded():
        return
    is_refused = response.status_code >= 400
    subject = "/".join(map(str, (request.view_args or {}).values()))
    message = _message_of(response) if is_refused else ""
    change_record.write(entry_of(rule.changes, subject, REFUSED if is_refused else DONE, message))


def _message_of(response: Response) -> str:
    if response.mimetype != "application/json" or response.is_streamed:
        return f"status {response.status_code}"
    return str((response.get_json(silent=True) or {}).get("message", ""))


def _without_details(response: Response) -> Response:
    """Leave a stranger only whether a check of health passed."""
    if response.mimetype != "application/json" or _is_known():
        return response
    content = response.get_json(silent=True) or {}
    kept = {name: content[name] for name in ("success", "status") if name in content}
    message = "Available." if response.status_code < 400 else "Not available."
    errors: dict[str, list[object]] = {"errors": []} if "errors" in content else {}
    response.set_data(orjson.dumps({**kept, "message": message, **errors}))
    return response


def _is_known() -> bool:
    try:
        return identity().is_known
    except InvalidKey:
        return False
