"""The few pages that are plain HTML, outside Dash: the two API references and the error pages."""

from __future__ import annotations

from html import escape

from flask import Request

from webapp.http.vendor_files import vendor_url

MARK, NO_ICON = "/assets/mark.svg", "data:,"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{icon}">
{head}
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str, *, head: str = "", icon: str = MARK) -> str:
    """A whole document; `title` is escaped, `body` and `head` are HTML of ours. `NO_ICON` is for files of their own."""
    return _PAGE.format(title=escape(title), body=body, head=head, icon=icon)


def stylesheet(url: str) -> str:
    """The element that loads a style sheet."""
    return f'<link rel="stylesheet" href="{escape(url)}">'


def error_page(status: int, message: str) -> str:
    """A small page that says what went wrong and leads back."""
    body = (
        f'<main class="container py-5"><h1 class="h3">{status}</h1><p>{escape(message)}</p>'
        '<p><a href="/">Start page</a> · <a href="/docs">API reference</a></p></main>'
    )
    return page(f"{status}", body, head=stylesheet(vendor_url("bootstrap", "css/bootstrap.min.css")))


def wants_html(request: Request) -> bool:
    """Whether the caller asks for HTML by name, as browsers do, and likes it better than JSON.

    `*/*` (curl and most libraries) asks for nothing in particular and gets JSON.
    """
    named = {mimetype.lower(): quality for mimetype, quality in reversed(list(request.accept_mimetypes))}
    html = max(named.get("text/html", 0), named.get("application/xhtml+xml", 0))
    return html > named.get("application/json", 0)
