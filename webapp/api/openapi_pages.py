"""The OpenAPI document, generated from the views and their models, and the two pages that show it."""

from __future__ import annotations

import re
from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify
from flask_openapi3 import OpenAPI

from webapp.access.access_rules import ROLE_EXTENSION, rule_of
from webapp.access.identity import KEY_HEADER
from webapp.http.plain_pages import rendered
from webapp.http.vendor_files import REDOC_SCRIPT, vendor_url

document = Blueprint("document", __name__)

KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of this server."},
    "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER, "description": "A key of this server."},
}


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the current application, which flask-openapi3 makes."""
    return cast(OpenAPI, current_app).api_doc


def document_access(server: OpenAPI, *, has_keys: bool) -> None:
    """Add to the document which role each call needs, and how a program identifies itself if it must.

    Without users there is no scheme at all: for an empty table of them Swagger UI offers a login.
    """
    described = server.api_doc
    for rule in server.url_map.iter_rules():
        operations = described["paths"].get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})
        role = rule_of(rule.endpoint).role
        for method in map(str.lower, rule.methods or ()):
            if method in operations:
                operations[method][ROLE_EXTENSION] = str(role or "none")
                if has_keys and role is not None:
                    operations[method]["security"] = [{name: []} for name in KEY_SCHEMES]
    del described["components"]["securitySchemes"]
    if has_keys:
        described["components"]["securitySchemes"] = KEY_SCHEMES


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
