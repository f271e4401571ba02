"""The frame of the plain pages about access: the top bar of the application, rendered without a script of Dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app
from markupsafe import Markup

from forecasting.access.roles import Role
from webapp.access import csrf
from webapp.access.identity import identity
from webapp.app.context import API_NAME, context
from webapp.http.plain_pages import MARK, environment
from webapp.http.vendor_files import vendor_url

TEMPLATES = Path(__file__).with_name("templates")
_EXTENSION = "dataflow-plain-shell"

ADMINISTRATION = (("Users", "/admin/users"), ("Keys", "/admin/keys"), ("Audit", "/admin/audit"))


@dataclass(frozen=True)
class MenuEntry:
    """One page of the menu."""

    title: str
    path: str
    icon: str


@dataclass(frozen=True)
class PlainShell:
    """What the frame takes from the application: its menu, and the script that sets the theme before anything shows."""

    menu: Sequence[MenuEntry]
    theme_script: str


def install(server: Flask, shell: PlainShell) -> None:
    """Give `server` the frame of its plain pages."""
    server.extensions[_EXTENSION] = shell


def page(template: str, title: str, values: Mapping[str, object], *, path: str = "") -> str:
    """Return a page of a template, which uses these values, in the frame; `path` marks its place in the navigation."""
    shell: PlainShell = current_app.extensions[_EXTENSION]
    who = identity()
    return (
        environment(TEMPLATES)
        .get_template(template)
        .render(
            title=f"{title} · {API_NAME}",
            heading=title,
            icon=MARK,
            stylesheets=[
                vendor_url("bootstrap", "css/bootstrap.min.css"),
                vendor_url("bootstrap", "css/font/bootstrap-icons.min.css"),
                *(f"/assets/{name}.css" for name in ("theme", "app", "access")),
            ],
            theme_script=Markup(shell.theme_script),  # noqa: S704 - ours, the same that Dash's document has
            brand=API_NAME,
            menu=shell.menu if who.is_known else [],
            administration=ADMINISTRATION if who.may(Role.ADMIN) else [],
            path=path,
            who=who if who.is_known else None,
            has_login=context().settings.has_login,
            csrf_field=csrf.FIELD,
            csrf_token=csrf.token(),
            **values,
        )
    )
