"""Log in with a password, and log out."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from forecasting.access.audit_log import DONE, REFUSED
from forecasting.access.login_limits import TooManyAttempts
from forecasting.errors import ForecastingError
from webapp.access import change_record, csrf, logins
from webapp.access.identity import entry_of, identity
from webapp.access.views.routes import access, field, html, login_form, safe_path
from webapp.app.context import context

WRONG = "Name or password is wrong."
NO_LOGIN = "This server has no login: DATAFLOW_AUTH is {mode}."


@access.get("/login")
def login_page() -> Response:
    """The form to log in, or the way to the identity provider."""
    if context().settings.has_login and identity().is_known:
        return redirect(safe_path(request.args.get("next", "/")))
    return html(_drawn(safe_path(request.args.get("next", "/"))))


@access.post("/login")
def log_in() -> Response:
    """Log in with name and password; the answer to a wrong one says neither which nor whether the name exists."""
    there, name, address = safe_path(field("next")), field("name").strip(), request.remote_addr or ""
    accounts = context().accounts
    try:
        if context().settings.auth != "local":
            return html(_drawn(there, NO_LOGIN.format(mode=context().settings.auth)), 409)
        csrf.check_form()
        accounts.login_limits.begin(name.casefold(), address)
    except TooManyAttempts as error:
        response = html(_drawn(there, error.message, name), error.status)
        response.headers["Retry-After"] = str(error.retry_after)
        change_record.write(entry_of("login", name, REFUSED, error.message))
        return response
    except ForecastingError as error:
        return html(_drawn(there, error.message, name), error.status)
    user = accounts.users.authenticate(name, request.form.get("password", ""))
    if user is None:
        change_record.write(entry_of("login", name, REFUSED, WRONG))
        return html(_drawn(there, WRONG, name), 401)
    accounts.login_limits.succeeded(name.casefold(), address)
    logins.open_session(user.name, user.role, user)
    change_record.write(entry_of("login", user.name, DONE))
    return redirect(there, 303)


@access.post("/logout")
def log_out() -> Response:
    """End the session."""
    csrf.check_form()
    change_record.write(entry_of("logout", identity().name, DONE))
    logins.close_session()
    return redirect("/login" if context().settings.has_login else "/", 303)


def _drawn(there: str, problem: str = "", name: str = "") -> str:
    settings = context().settings
    no_user = settings.auth == "local" and not context().accounts.users.all()
    note = "" if settings.has_login else NO_LOGIN.format(mode=settings.auth)
    return login_form(there=there, problem=problem, name=name, no_user=no_user, note=note)
