"""The audit as a page: filters, and one page of rows after the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from forecasting.access.audit_log import OUTCOMES, Filter
from forecasting.access.moments import time_text
from webapp.access.plain_shell import page
from webapp.access.views.routes import access, html
from webapp.app.context import context

PATH = "/admin/audit"
ROWS = 50
FIELDS = ("who", "action", "subject", "outcome")


@access.get(PATH)
def audit_page() -> Response:
    """List the newest changes and refusals."""
    given: dict[str, Any] = {name: value[:128] for name in FIELDS if (value := request.args.get(name, "").strip())}
    below = request.args.get("below", "")
    start = int(below) if below.isascii() and below.isdigit() and len(below) < 18 else None
    rows = context().accounts.audit.rows(replace(Filter(below=start), **given), ROWS)
    older = f"{PATH}?{urlencode({**given, 'below': rows[-1].id})}" if len(rows) == ROWS else ""
    return html(
        page(
            "audit.html",
            "Audit",
            {
                "rows": rows,
                "given": given,
                "fields": FIELDS,
                "outcomes": OUTCOMES,
                "older": older,
                "days": context().settings.audit_days,
                "time_text": time_text,
                "as_text": as_text,
            },
            path=PATH,
        )
    )


def as_text(value: object) -> str:
    """Return what was stored before or after a change, as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
