"""The pages that are plain HTML, outside Dash: the two API references, the error pages, the report of a comparison.

Their templates escape whatever they are given (Jinja2 with autoescape).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webapp.http.vendor_files import vendor_url

MARK, NO_ICON = "/assets/mark.svg", "data:,"
"""The icon of a page on this server, and of a file that must load nothing."""

TEMPLATES = Path(__file__).with_name("templates")


@cache
def environment(*folders: Path) -> Environment:
    """Return the templates of `folders` and of this one; all of them may extend `page.html`.

    An undefined name is an error, and everything is escaped unless the template marks it as safe.
    """
    loader = FileSystemLoader([*folders, TEMPLATES])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def rendered(template: str, values: Mapping[str, object], *, title: str, icon: str = MARK) -> str:
    """Return a page of a template in this folder, which uses these values."""
    return environment().get_template(template).render(title=title, icon=icon, **values)


def error_page(status: int, message: str) -> str:
    """Return a small page that shows what went wrong and links to the start page."""
    bootstrap = vendor_url("bootstrap", "css/bootstrap.min.css")
    return rendered("error.html", {"message": message, "stylesheet": bootstrap}, title=str(status))


def wants_html(request: Request) -> bool:
    """Return whether the caller asks for HTML by name, as browsers do, and prefers it to JSON.

    `*/*` (curl and most libraries) asks for nothing in particular and gets JSON.
    """
    named = {mimetype.lower(): quality for mimetype, quality in reversed(list(request.accept_mimetypes))}
    html = max(named.get("text/html", 0), named.get("application/xhtml+xml", 0))
    return html > named.get("application/json", 0)
