"""One's own account: who one is, another password, the way out."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from forecasting.access.passwords import LEAST_LENGTH
from forecasting.errors import Conflict, ForecastingError, InputError
from webapp.access import change_record, csrf, logins
from webapp.access.identity import SESSION, identity
from webapp.access.plain_shell import page
from webapp.access.views.routes import access, html, shown_again
from webapp.app.context import context

WRONG = "The current password is wrong."


@access.get("/account")
def account() -> Response:
    """Show who is logged in."""
    return html(_drawn("", changed=request.args.get("changed") == "1"))


@access.post("/account/password")
def change_own_password() -> Response:
    """Set another password after the current one is repeated; every session of the user ends, this one begins anew."""
    try:
        _change()
    except ForecastingError as error:
        return shown_again(_drawn, error)
    return redirect("/account?changed=1", 303)


def _change() -> None:
    csrf.check_form()
    who, accounts = identity(), context().accounts
    if who.via != SESSION or context().settings.auth != "local":
        raise Conflict("Only users who log in here with a password can change it here.")
    with change_record.recorded("password", who.name):
        accounts.login_limits.begin(who.name.casefold(), request.remote_addr or "")
        user = accounts.users.authenticate(who.name, request.form.get("current", ""))
        if user is None:
            raise InputError(WRONG, field="current")
        accounts.login_limits.succeeded(who.name.casefold(), request.remote_addr or "")
        new = request.form.get("password", "")
        if new != request.form.get("again", ""):
            raise InputError("The new password and its repetition differ.", field="again")
        accounts.users.set_password(user.name, new)
        logins.open_session(user.name, user.role, user)


def _drawn(problem: str, changed: bool = False) -> str:
    is_local = context().settings.auth == "local" and identity().via == SESSION
    return page(
        "account.html",
        "Account",
        {
            "problem": problem,
            "changed": changed,
            "is_local": is_local,
            "least": LEAST_LENGTH,
            "mode": context().settings.auth,
        },
        path="/account",
    )
