"""What `GET /audit` takes and returns."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from forecasting.access.audit_log import LONGEST_PAGE, OUTCOMES
from forecasting.validation import OneOf
from webapp.api.schemas.common import Envelope, TextFields, optional

_LARGEST = 2**62


class AuditQuery(TextFields):
    """Which rows to return."""

    who: str | None = optional("Name of a user or key, as in the rows.", max_length=128)
    action: str | None = optional("Action, such as service.store.", max_length=64)
    subject: str | None = optional("What was changed: the name of a data set, user or key.", max_length=128)
    outcome: Annotated[str, OneOf(OUTCOMES)] | None = optional("Only changes that were done, or refused.")
    since: int | None = optional("Earliest time, in seconds since 1970.", ge=0, le=_LARGEST)
    until: int | None = optional("Rows before this time, in seconds since 1970.", ge=0, le=_LARGEST)
    below: int | None = optional("Rows with a lower id: the field below of the page before.", ge=0, le=_LARGEST)
    limit: int = Field(default=100, ge=1, le=LONGEST_PAGE, description="Most rows in the response.")


class AuditRow(BaseModel):
    """One row: when, who, from where, what, and what was stored before and after."""

    id: int
    at: int = Field(description="Seconds since 1970.")
    who: str
    via: str = Field(description="How the caller was identified.")
    address: str
    action: str
    subject: str
    outcome: str
    message: str
    before: object = Field(description="Null if it does not apply.")
    after: object = Field(description="Null if it does not apply.")


class AuditOut(Envelope):
    """A page of rows."""

    rows: list[AuditRow]
    below: int | None = Field(description="Send it as below for the next page; null at the end.")
