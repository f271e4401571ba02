"""What one application was made with, reachable from every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flask import Flask, current_app

from forecasting.catalog import Catalog
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from webapp.app.result_cache import Answers

API_NAME = "DataFlow Autoscaling"
KEPT_SERIES = 4


@dataclass(frozen=True)
class Context:
    """The settings of one application and the catalog they name."""

    settings: Settings

    @cached_property
    def catalog(self) -> Catalog:
        """Opened at the first use: a home that is not writable must not keep `/health` from saying so."""
        return Catalog(self.settings)

    @cached_property
    def answers(self) -> Answers:
        """What was computed before, shared by the workers."""
        return Answers(self.settings)

    def series(self, name: str) -> Series:
        """A data set's Series, the same one until its content changes, so that what is derived from it is kept."""
        return self._series(name, self.catalog.info(name).version)

    def binned(self, name: str, bin_seconds: int) -> Series:
        """A data set summed to longer bins, the same Series until its content changes."""
        return self._binned(name, self.catalog.info(name).version, bin_seconds)

    @cached_property
    def _series(self) -> Callable[[str, str], Series]:
        return lru_cache(maxsize=KEPT_SERIES)(lambda name, version: self.catalog.get(name))

    @cached_property
    def _binned(self) -> Callable[[str, str, int], Series]:
        return lru_cache(maxsize=KEPT_SERIES)(
            lambda name, version, bin_seconds: resample(self._series(name, version), bin_seconds)
        )


def install(server: Flask, settings: Settings) -> None:
    """Give `server` its context."""
    server.extensions["dataflow"] = Context(settings)


def context() -> Context:
    """The context of the application that answers the current request."""
    return current_app.extensions["dataflow"]
