"""How every group of calls is registered: one tag, and each error status it may answer documented with the one body."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag

from webapp.api.schemas.common import Failure


def failures(*statuses: int) -> dict[int, type[Failure]]:
    """The documentation of these error statuses."""
    return dict.fromkeys(statuses, Failure)


def api_blueprint(name: str, *statuses: int, url_prefix: str | None = None) -> APIBlueprint:
    """A group of calls that may answer these error statuses, besides those that every call may."""
    return APIBlueprint(
        name,
        __name__,
        url_prefix=url_prefix,
        abp_tags=[Tag(name=name)],
        abp_responses=failures(400, 405, *statuses, 500, 503),
        operation_id_callback=_operation_id,
    )


def _operation_id(*, name: str, **_: str) -> str:
    return name
