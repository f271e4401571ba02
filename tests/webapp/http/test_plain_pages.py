"""Plain pages escape whatever they are given."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from webapp.http.plain_pages import error_page, rendered

NASTY = """</title></p><script>alert("x")</script>'&<b onload=alert(1)>"""


def test_a_message_is_only_ever_text():
    html = error_page(404, NASTY)
    assert "<script" not in html
    assert "<b " not in html
    assert "&lt;script&gt;" in html
    assert '<a href="/">Start page</a>' in html


@pytest.mark.parametrize("field", ["title", "place", "stylesheet", "icon"])
def test_every_value_of_a_template_is_escaped(field):
    values = {"title": "t", "place": "p", "scripts": ["/one.js"], "stylesheet": "/one.css", "icon": "data:,"}
    values[field] = '"><script>alert(1)</script>'
    html = rendered("openapi.html", values, title=values.pop("title"), icon=values.pop("icon"))
    assert html.count("<script") == 1
    assert "&#34;&gt;&lt;script&gt;" in html


def test_a_forgotten_value_is_an_error():
    with pytest.raises(UndefinedError):
        rendered("openapi.html", {}, title="t")
