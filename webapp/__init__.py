"""The web application: Dash pages for people and JSON REST for programs, both thin over `forecasting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.settings import Settings

if TYPE_CHECKING:  # see `create_app`
    from dash import Dash

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Dash:
    """Return a new application for these settings (from the environment if None); its `.server` is the Flask app.

    The import is here so that the command line and gunicorn's master can use this package without loading Dash.
    """
    from webapp.app.factory import build

    return build(settings)
