"""The users of `DATAFLOW_AUTH=local`: add, give another role or password, disable, remove."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect
from werkzeug.wrappers import Response

from forecasting.access.moments import time_text
from forecasting.access.passwords import LEAST_LENGTH
from forecasting.access.roles import Role, role_named
from forecasting.access.users import Users
from forecasting.errors import Conflict, ForecastingError, InputError
from webapp.access import change_record, csrf
from webapp.access.identity import identity
from webapp.access.plain_shell import page
from webapp.access.views.routes import access, field, html, shown_again
from webapp.app.context import context

PATH = "/admin/users"


@access.get(PATH)
def users_page() -> Response:
    """List the users, with a form for each."""
    return html(_drawn(""))


@access.post(PATH)
def change_users() -> Response:
    """Do one of `_CHANGES` to one user."""
    try:
        csrf.check_form()
        if context().settings.auth != "local":
            raise Conflict("Users are managed here only when DATAFLOW_AUTH=local.")
        does, name = field("do"), field("name").strip()
        if does not in _CHANGES:
            raise InputError(f"do must be one of {', '.join(_CHANGES)} (got {does[:40]!r}).", field="do")
        _apply(does, name)
    except ForecastingError as error:
        return shown_again(_drawn, error)
    return redirect(PATH, 303)


def _apply(does: str, name: str) -> None:
    users = context().accounts.users
    before = next((user.to_dict() for user in users.all() if user.name == name), None)
    with change_record.recorded(f"user.{does}", name, before) as change:
        if does in ("remove", "disable") and name == identity().name:
            raise Conflict("You cannot disable or remove yourself; another admin can.")
        _CHANGES[does](users, name)
        change.after = next((user.to_dict() for user in users.all() if user.name == name), None)


_CHANGES: dict[str, Callable[[Users, str], object]] = {
    "add": lambda users, name: users.add(name, field("password"), role_named(field("role"))),
    "role": lambda users, name: users.set_role(name, role_named(field("role"))),
    "password": lambda users, name: users.set_password(name, field("password")),
    "disable": lambda users, name: users.set_enabled(name, False),
    "enable": lambda users, name: users.set_enabled(name, True),
    "remove": lambda users, name: users.remove(name),
}


def _drawn(problem: str) -> str:
    return page(
        "users.html",
        "Users",
        {
            "problem": problem,
            "mode": context().settings.auth,
            "users": context().accounts.users.all(),
            "roles": list(Role),
            "least": LEAST_LENGTH,
            "time_text": time_text,
        },
        path=PATH,
    )
