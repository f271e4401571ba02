"""The record of changes and refusals, for admins."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, request

from forecasting.access.audit_log import Filter
from forecasting.timeseries.formatting import counted
from webapp.api.blueprint import api_blueprint
from webapp.api.request_parsing import documents, read_fields
from webapp.api.schemas.audit_rows import AuditOut, AuditQuery
from webapp.app.context import context
from webapp.http.envelope import success

audit = api_blueprint("audit")


@audit.get("/audit", responses={200: AuditOut})
@documents(query=AuditQuery)
def audit_rows() -> tuple[Response, int]:
    """Every change and every refusal of one, the newest first."""
    query = read_fields(AuditQuery, request.args)
    given = query.model_dump(exclude={"limit"}, exclude_none=True)
    rows = context().accounts.audit.rows(Filter(**given), query.limit)
    following = rows[-1].id if len(rows) == query.limit else None
    return success(f"{counted(len(rows), 'row')}.", rows=[asdict(row) for row in rows], below=following)
