"""The OpenAPI document, generated from the views and their models, and the two pages that show it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from webapp.http.plain_pages import page, stylesheet
from webapp.http.vendor_files import REDOC_SCRIPT, vendor_url

document = Blueprint("document", __name__)


@document.get("/openapi.json")
def openapi() -> Response:
    """The document itself."""
    return jsonify(current_app.api_doc)


@document.get("/docs")
def swagger_ui() -> str:
    """Swagger UI: read the calls and try them."""
    return page(
        "API · DataFlow Autoscaling",
        '<div id="swagger-ui"></div>'
        + _script(vendor_url("swagger-ui", "js/swagger-ui-bundle.js"))
        + _script("/assets/docs/swagger.js"),
        head=stylesheet(vendor_url("swagger-ui", "css/swagger-ui.css")),
    )


@document.get("/redoc")
def redoc() -> str:
    """ReDoc: the same to read and print."""
    body = '<div id="redoc"></div>' + _script(vendor_url("redoc", REDOC_SCRIPT)) + _script("/assets/docs/redoc.js")
    return page("API reference · DataFlow Autoscaling", body)


def _script(url: str) -> str:
    return f'<script src="{url}"></script>'
