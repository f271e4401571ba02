"""The OpenAPI document, generated from the views and their models, and the two pages that show it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify
from flask_openapi3 import OpenAPI

from webapp.http.plain_pages import rendered
from webapp.http.vendor_files import REDOC_SCRIPT, vendor_url

document = Blueprint("document", __name__)


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the current application, which flask-openapi3 makes."""
    return cast(OpenAPI, current_app).api_doc


@document.get("/openapi.json")
def openapi() -> Response:
    """The document itself."""
    return jsonify(api_document())


@document.get("/docs")
def swagger_ui() -> str:
    """Return Swagger UI: read the calls and try them."""
    return rendered(
        "openapi.html",
        {
            "place": "swagger-ui",
            "scripts": [vendor_url("swagger-ui", "js/swagger-ui-bundle.js"), "/assets/docs/swagger.js"],
            "stylesheet": vendor_url("swagger-ui", "css/swagger-ui.css"),
        },
        title="API · DataFlow Autoscaling",
    )


@document.get("/redoc")
def redoc() -> str:
    """Return ReDoc: the same to read and print."""
    return rendered(
        "openapi.html",
        {
            "place": "redoc",
            "scripts": [vendor_url("redoc", REDOC_SCRIPT), "/assets/docs/redoc.js"],
            "stylesheet": None,
        },
        title="API reference · DataFlow Autoscaling",
    )
