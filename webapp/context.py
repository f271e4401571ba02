"""What one application was made with, reachable from every request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import Flask, current_app

from forecasting.catalog import Catalog
from forecasting.settings import Settings

API_NAME = "DataFlow Autoscaling"


@dataclass(frozen=True)
class Context:
    """The settings of one application and the catalog they name."""

    settings: Settings

    @cached_property
    def catalog(self) -> Catalog:
        """Opened at the first use: a home that is not writable must not keep `/health` from saying so."""
        return Catalog(self.settings)


def install(server: Flask, settings: Settings) -> None:
    """Give `server` its context."""
    server.extensions["dataflow"] = Context(settings)


def context() -> Context:
    """The context of the application that answers the current request."""
    return current_app.extensions["dataflow"]
