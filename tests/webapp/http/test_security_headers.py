"""The headers that tell a browser what our pages may do."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import pytest

from webapp.app.index_page import THEME_SCRIPT, script_hash
from webapp.pages import PAGES


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/docs", "/redoc", "/datasets/nothing", "/openapi.json"])
def test_every_answer_has_them(client, path):
    headers = client.get(path, headers={"Accept": "text/html"}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]


class Scripts(HTMLParser):
    """The scripts of a document that a browser runs: their text, or their address."""

    def __init__(self, document: str):
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self._runs = False
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what runs: a script of a type that is no data, and every attribute such as onclick."""
        given = dict(attrs)
        self.handlers += [name for name in given if name.startswith("on")]
        runs = tag == "script" and given.get("type", "text/javascript").endswith(("javascript", "module"))
        if runs and "src" in given:
            self.addresses.append(given["src"])
        self._runs = runs and "src" not in given

    def handle_data(self, data: str) -> None:
        """Note the text of a script."""
        if self._runs:
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        """The script is over."""
        self._runs = False


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_every_inline_script_of_a_page_is_allowed_by_its_hash(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    policy = response.headers["Content-Security-Policy"]
    scripts = Scripts(response.text)
    assert THEME_SCRIPT in scripts.inline
    assert len(scripts.inline) >= 2
    for script in scripts.inline:
        assert hash_of(script) in policy
    assert scripts.handlers == []
    assert all(address.startswith("/") for address in scripts.addresses)
    assert "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", "")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/nothing"])
def test_other_pages_need_no_inline_script(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    scripts = Scripts(response.text)
    assert (scripts.inline, scripts.handlers) == ([], [])


def test_the_theme_is_set_before_any_style_is_loaded(client):
    document = client.get("/", headers={"Accept": "text/html"}).text
    assert document.index(THEME_SCRIPT) < document.index('rel="stylesheet"')
    assert hash_of(THEME_SCRIPT) == script_hash()
