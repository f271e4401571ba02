"""The blueprint of the plain pages, and what their forms share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from forecasting.access.roles import Role
from forecasting.errors import ForecastingError
from webapp.access.plain_shell import page
from webapp.app.context import context

access = Blueprint("access", __name__)

FORM_FIELD_LENGTH = 4096


def field(name: str) -> str:
    """Return a field of the posted form; empty if it is missing."""
    return request.form.get(name, "")[:FORM_FIELD_LENGTH]


def safe_path(text: str) -> str:
    """Return a path on this server to go to; the start page for anything that leads elsewhere."""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_path and text.isprintable() and len(text) <= FORM_FIELD_LENGTH else "/"


def html(text: str, status: int = 200) -> Response:
    """Return a page that no cache stores."""
    response = Response(text, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def login_form(*, there: str = "/", problem: str = "", name: str = "", no_user: bool = False, note: str = "") -> str:
    """Return the page to log in, or the way to the identity provider."""
    settings = context().settings
    return page(
        "login.html",
        "Log in",
        {
            "mode": settings.auth,
            "next": there,
            "problem": problem,
            "name": name,
            "no_user": no_user,
            "note": note,
            "admin": Role.ADMIN,
            "issuer": settings.oidc_issuer,
        },
    )


def shown_again(draw: Callable[[str], str], error: ForecastingError) -> Response:
    """Return the page of a form again, with what was wrong."""
    return html(draw(error.message), error.status)
