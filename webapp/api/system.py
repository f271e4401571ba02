"""Identity and health of this server."""

from __future__ import annotations

import os

from flask import Response, jsonify

from forecasting.errors import FieldError, ForecastingError
from forecasting.model_sets.inventory import installed_sets
from forecasting.version import installed_version
from webapp.api.blueprint import api_blueprint
from webapp.api.openapi_pages import api_document
from webapp.api.schemas.common import HealthFailure, HealthOut
from webapp.app.context import API_NAME, context
from webapp.http.envelope import failure

system = api_blueprint("system")


@system.get("/health", responses={200: HealthOut, 503: HealthFailure})
def health() -> tuple[Response, int] | Response:
    """200 if everything needed is available; 503 with what is not."""
    catalog = _catalog_problem()  # the model sets are in the same database
    found = (catalog, _home_problem(), None if catalog else _models_problem())
    problems = [problem for problem in found if problem]
    version = installed_version()
    if problems:
        message = "; ".join(problem.message for problem in problems)
        return failure(503, message, problems, status="unhealthy", version=version)
    settings = context().settings
    body = {"success": True, "message": "Everything needed is available.", "status": "healthy", "version": version}
    states = installed_sets(settings)
    names = {"model_sets": sorted(states.usable), "broken_model_sets": sorted(states.broken)}
    return jsonify(**body, read_only=settings.read_only, **names), 200


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


def _catalog_problem() -> FieldError | None:
    try:
        context().catalog.list()
    except ForecastingError as error:
        return FieldError("catalog", error.message)
    return None


def _home_problem() -> FieldError | None:
    settings = context().settings
    nearest = next(folder for folder in (settings.home, *settings.home.absolute().parents) if folder.exists())
    if settings.read_only or os.access(nearest, os.W_OK | os.X_OK):
        return None
    return FieldError("home", f"DATAFLOW_HOME must be a writable folder ({nearest} is not).")


def _models_problem() -> FieldError | None:
    try:
        states = installed_sets(context().settings)
    except ForecastingError as error:
        return FieldError("models", error.message)
    if states.usable:
        return None
    return FieldError("models", next(iter(states.broken.values()), "No model set is installed."))
