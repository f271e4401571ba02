"""The keys of programs: create one, which is shown once, and revoke."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from forecasting.access.api_keys import LONGEST_DAYS
from forecasting.access.moments import time_text
from forecasting.access.roles import Scope, scope_named
from forecasting.errors import ForecastingError, InputError
from webapp.access import change_record, csrf
from webapp.access.identity import identity
from webapp.access.plain_shell import page
from webapp.access.views.routes import access, field, html, shown_again
from webapp.app.context import context

PATH = "/admin/keys"


@access.get(PATH)
def keys_page() -> Response:
    """List the keys, with a form for a new one."""
    return html(_drawn(""))


@access.post(PATH)
def change_keys() -> Response:
    """Create or revoke a key. A new one is in this answer and nowhere else, so it is no redirect."""
    try:
        csrf.check_form()
        if field("do") == "add":
            return html(_drawn("", new=_added()), 201)
        if field("do") != "revoke":
            raise InputError(f"do must be add or revoke (got {field('do')[:40]!r}).", field="do")
        with change_record.recorded("key.revoke", field("prefix")) as change:
            change.after = context().accounts.keys.revoke(field("prefix")).to_dict()
    except ForecastingError as error:
        return shown_again(_drawn, error)
    return redirect(PATH, 303)


def _added() -> str:
    scope, services, days = scope_named(field("scope")), field("services").split(","), _days(field("days"))
    with change_record.recorded("key.add", field("name").strip()) as change:
        text, key = context().accounts.keys.add(field("name"), scope, by=identity().name, services=services, days=days)
        change.after = key.to_dict()
    return text


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit()) or len(text.strip()) > len(str(LONGEST_DAYS)):
        raise InputError(f"days must be an integer from 1 to {LONGEST_DAYS} (got {text[:20]!r}).", field="days")
    return int(text)


def _drawn(problem: str, new: str = "") -> str:
    return page(
        "keys.html",
        "Keys",
        {
            "problem": problem,
            "new": new,
            "mode": context().settings.auth,
            "keys": context().accounts.keys.all(),
            "scopes": list(Scope),
            "services": [info.name for info in context().catalog.list()],
            "longest": LONGEST_DAYS,
            "time_text": time_text,
        },
        path=PATH,
    )
