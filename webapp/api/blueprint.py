"""How every group of calls is registered: one tag, and each of its error statuses documented with the one body."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from webapp.api.schemas.common import Failure

Responses = dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]


def failures(*statuses: int) -> Responses:
    """Return the documentation of these error statuses."""
    return dict.fromkeys(statuses, Failure)


def api_blueprint(name: str, *statuses: int, url_prefix: str | None = None) -> APIBlueprint:
    """Return a group of calls that may answer these error statuses, besides those that every call may."""
    return APIBlueprint(
        name,
        __name__,
        url_prefix=url_prefix,
        abp_tags=[Tag(name=name)],
        abp_responses=failures(400, 401, 403, 405, *statuses, 421, 429, 500, 503),
        operation_id_callback=_operation_id,
    )


def _operation_id(*, name: str, **_: str) -> str:
    return name
