"""The headers that tell a browser what our pages may do."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/docs", "/redoc", "/datasets/nothing", "/openapi.json"])
def test_every_answer_has_them(client, path):
    headers = client.get(path, headers={"Accept": "text/html"}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]


def test_every_inline_script_of_the_start_page_is_allowed_by_its_hash(client):
    response = client.get("/", headers={"Accept": "text/html"})
    policy = response.headers["Content-Security-Policy"]
    scripts = re.findall(
        r'<script(?: id="_dash-renderer" type="application/javascript")?>(.+?)</script>', response.text
    )
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
