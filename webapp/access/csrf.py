"""Requests that a browser would send for a page elsewhere are not believed: tokens in forms, else the same origin."""

from __future__ import annotations

import hmac
import secrets

from flask import request, session

from forecasting.errors import ForecastingError
from webapp.app.context import context
from webapp.http.hosts import is_own_origin

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
_KEY = "csrf"


class FormExpired(ForecastingError):
    """A form without the token of its session."""

    status = 400


def token() -> str:
    """Return the token of the session, for a form; empty without sessions, where the origin is compared."""
    if not context().settings.has_login:
        return ""
    return str(session.setdefault(_KEY, secrets.token_urlsafe(32)))


def check_form() -> None:
    """Raise FormExpired unless the posted form has the token of its session, or comes from this origin without one."""
    has_token = context().settings.has_login
    if not (_is_token(request.form.get(FIELD, "")) if has_token else is_same_origin()):
        raise FormExpired(
            "The form has expired, or the browser does not keep the cookies of this address: open it again. Cookies "
            "need https, unless the server runs on this machine."
        )


def is_trusted_change() -> bool:
    """Return whether a change that a cookie or a proxy authorises was sent by a page of this server."""
    return is_same_origin() or _is_token(request.headers.get(HEADER, "")) or _is_token(_posted_token())


def is_same_origin() -> bool:
    """Return whether the browser says that a page of this host sent the request."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return is_own_origin(origin)


def _posted_token() -> str:
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    return request.form.get(FIELD, "") if is_form else ""


def _is_token(sent: str) -> bool:
    expected = session.get(_KEY, "") if context().settings.has_login else ""
    return bool(expected) and hmac.compare_digest(str(expected), sent)
