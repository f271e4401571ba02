"""Put one application together: the API on Flask, then Dash on top of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import dash
from dash import Dash
from flask import Flask
from flask_openapi3 import Info, OpenAPI

from forecasting.access.requirements import check_access
from forecasting.errors import ForecastingError
from forecasting.paths import shipped_folder
from forecasting.settings import Settings
from forecasting.version import installed_version
from webapp.access import access_guard, logins, plain_shell
from webapp.access.plain_shell import MenuEntry, PlainShell
from webapp.access.views import access, provider
from webapp.api.audit import audit
from webapp.api.datasets import datasets
from webapp.api.forecasts import forecasts
from webapp.api.jobs import jobs
from webapp.api.models import models
from webapp.api.openapi_pages import document, document_access
from webapp.api.points import points
from webapp.api.scaling import cost, scaling
from webapp.api.schemas.common import Failure
from webapp.api.services import services
from webapp.api.system import root, system
from webapp.app import context
from webapp.app.index_page import THEME_SCRIPT, index_string, script_hash
from webapp.http import admission, envelope, guard, hosts, request_log, security_headers, server_paths, transfer
from webapp.http.request_class import TidyRequest
from webapp.http.vendor_files import vendor, vendor_url
from webapp.pages import MENU, PAGES
from webapp.ui import page_frame
from webapp.ui.components.notices import SOMETHING_BROKE
from webapp.ui.shell import TOAST, shell
from webapp.ui.shell import register as shell_register

log = logging.getLogger(__name__)

MAX_FORM_PARTS = 200


def build(settings: Settings | None = None) -> Dash:
    """Return the application for these settings (from the environment if None)."""
    settings = settings or Settings.from_environment()
    check_access(settings)
    if settings.is_restricted:
        settings = replace(settings, read_only=True)
    app = _dash(_server(settings), settings)
    access_guard.install(app)
    guard.install(app, frozenset(page.path for page in PAGES), root)
    security_headers.install(app, [script_hash()])
    hosts.install(app.server, settings)
    return app


def _server(settings: Settings) -> Flask:
    server = OpenAPI(
        "webapp",
        info=Info(
            title=context.API_NAME,
            version=installed_version(),
            description="Forecast request traffic and decide how many replicas it needs. "
            "Every error has the same body: success, message, errors.",
        ),
        static_folder=None,
        doc_ui=False,
        security_schemes={},
        validation_error_status=400,
        validation_error_model=Failure,
    )
    server.request_class = TidyRequest
    server.config.update(MAX_CONTENT_LENGTH=settings.max_json_bytes, MAX_FORM_PARTS=MAX_FORM_PARTS)
    context.install(server, settings)
    request_log.install(server, settings)
    envelope.install(server)
    admission.install(server, settings)
    server_paths.install(server, settings)
    transfer.install(server)
    for blueprint in (forecasts, models, datasets, points, services, scaling, cost, jobs, audit, system):
        server.register_api(blueprint)
    document_access(server, has_keys=settings.auth != "none")
    server.register_blueprint(document)
    server.register_blueprint(vendor)
    logins.install(server, settings)
    provider.install(server, settings)
    plain_shell.install(server, PlainShell([MenuEntry(one.title, one.path, one.icon) for one in MENU], THEME_SCRIPT))
    server.register_blueprint(access)
    return server


def _dash(server: Flask, settings: Settings) -> Dash:
    # The registry of pages belongs to the process, so the application built last owns it.
    dash.page_registry.clear()
    app = Dash(
        "webapp",
        server=server,
        title=context.API_NAME,
        update_title=None,
        use_pages=True,
        pages_folder="",
        assets_folder=str(shipped_folder(Path(__file__).resolve().parents[1], "assets")),
        assets_path_ignore=["docs", "report"],
        external_stylesheets=[
            vendor_url("bootstrap", "css/bootstrap.min.css"),
            vendor_url("bootstrap", "css/font/bootstrap-icons.min.css"),
        ],
        index_string=index_string(),
        suppress_callback_exceptions=True,
        compress=True,
        on_error=_show_error,
    )
    for order, page in enumerate(PAGES):
        dash.register_page(
            f"webapp.pages.{page.name}",
            path=page.path,
            name=page.title,
            order=order,
            title=f"{page.title} · {context.API_NAME}",
            layout=page_frame.layout_of(page),
        )
        page.register(app, settings)
    page_frame.register(app)
    shell_register(app)
    app.layout = lambda: shell(MENU)
    return app


def _show_error(error: Exception) -> None:
    """Show in a corner that a callback failed; the log has the error under the same number."""
    number = request_log.request_id()
    if isinstance(error, ForecastingError):  # foreseen: what a browser sent, or what is not available now
        log.warning("A callback failed, number %s: %s", number, error.message)
    else:
        log.error("A callback failed, number %s", number, exc_info=error)
    dash.set_props(TOAST, {"is_open": True, "children": SOMETHING_BROKE.format(number=number)})
