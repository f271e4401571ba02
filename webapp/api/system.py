"""Identity and health of this server."""

from __future__ import annotations

from flask import Response, current_app, jsonify

from forecasting.model_sets.inventory import installed_sets
from forecasting.version import installed_version
from webapp.api.blueprint import api_blueprint
from webapp.api.health_checks import HealthChecks
from webapp.api.openapi_pages import api_document
from webapp.api.schemas.common import HealthFailure, HealthOut, LiveOutcome
from webapp.app.context import API_NAME, context
from webapp.http.envelope import failure

system = api_blueprint("system")

CHECKS = "dataflow-health"


@system.get("/live", responses={200: LiveOutcome})
def alive() -> tuple[Response, int]:
    """200 while the server answers at all; nothing is read or checked."""
    return jsonify(success=True, message="The server answers.", status="alive"), 200


@system.get("/ready", responses={200: HealthOut, 503: HealthFailure})
def ready() -> tuple[Response, int] | Response:
    """200 if this server can do its work; 503 with the parts that fail."""
    return _report()


@system.get("/health", responses={200: HealthOut, 503: HealthFailure})
def health() -> tuple[Response, int] | Response:
    """200 if everything needed is available; 503 with the parts that fail."""
    return _report()


def _report() -> tuple[Response, int] | Response:
    version = installed_version()
    problems = _checks().problems()
    if problems:
        message = " ".join(f"{problem.field}: {problem.message}" for problem in problems)
        return failure(503, message, problems, status="unhealthy", version=version)
    settings = context().settings
    body = {"success": True, "message": "Everything needed is available.", "status": "healthy", "version": version}
    states = installed_sets(settings)
    names = {"model_sets": sorted(states.usable), "broken_model_sets": sorted(states.broken)}
    return jsonify(**body, read_only=settings.read_only, **names), 200


def _checks() -> HealthChecks:
    checks = current_app.extensions.get(CHECKS)
    if checks is None:
        checks = current_app.extensions.setdefault(CHECKS, HealthChecks(context()))
    return checks


def root() -> Response:
    """Return what a program gets from `/`."""
    return jsonify(api=API_NAME, version=installed_version(), status="running", endpoints=endpoints())


def endpoints() -> list[dict[str, str]]:
    """Return every call of the API with its summary, from the OpenAPI document."""
    paths = api_document()["paths"]
    return [
        {"method": method.upper(), "path": path, "summary": operation["summary"]}
        for path, operations in paths.items()
        for method, operation in operations.items()
    ]
