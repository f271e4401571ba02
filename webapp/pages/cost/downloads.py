"""The downloads of the page: the table as CSV, and the report. Both only if they were computed already."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.app.context import context
from webapp.http.envelope import refusal
from webapp.pages.cost.policy_table import policies_csv
from webapp.pages.cost.requests import KEYS, NAME, REPORT, cached_comparison, reporting
from webapp.ui import address

NOT_YET = "This is not available yet. Open the Cost page with the same settings and create it there."

downloads = Blueprint("cost_downloads", __name__, url_prefix="/cost")


@downloads.get("/policies.csv")
def policies() -> Response:
    """Return the table of policies for the view in the query."""
    result = cached_comparison(_view())
    return refusal(404, NOT_YET) if result is None else _file(policies_csv(result.payload), "text/csv", "policies.csv")


@downloads.get("/report.html")
def report() -> Response:
    """Return the comparison report for the view in the query."""
    view, cache = _view(), context().results
    written = cache.find(cache.key(REPORT.task, view.version, reporting(view)))
    return _file(written, "text/html", "comparison.html") if isinstance(written, str) else refusal(404, NOT_YET)


def _view() -> address.View:
    return address.read(NAME, request.args.to_dict(flat=False), KEYS)


def _file(text: str, kind: str, name: str) -> Response:
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
