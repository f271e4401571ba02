"""The settings, catalog and cache of one application, reachable from every request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import Flask, current_app

from forecasting.access.accounts import Accounts
from forecasting.catalog import Catalog
from forecasting.memory import Memory
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from webapp.app.result_cache import ResultCache

API_NAME = "DataFlow Autoscaling"
SERIES_IN_MEMORY = 4
"""Data sets that a worker holds in memory, and as many summed to longer bins."""


@dataclass(frozen=True, eq=False)
class Context:
    """The settings of one application and the catalog they name."""

    settings: Settings

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog, opened at the first use: `/health` must be able to report a home that cannot be written."""
        return Catalog(self.settings)

    @cached_property
    def accounts(self) -> Accounts:
        """Users, sessions, keys and the audit."""
        return Accounts(self.settings)

    @cached_property
    def results(self) -> ResultCache:
        """The cache of computed results, shared by the workers."""
        return ResultCache(self.settings)

    @cached_property
    def _series(self) -> Memory[tuple[str, str], Series]:
        return Memory(SERIES_IN_MEMORY)

    @cached_property
    def _binned(self) -> Memory[tuple[Series, int], Series]:
        return Memory(SERIES_IN_MEMORY)

    def series(self, name: str) -> Series:
        """Return a data set's Series, the same one until its content changes, with what was derived from it.

        Content and version are read together: what is cached under a version is of that version.
        """
        series = self._series.get((name, self.catalog.info(name).version))
        if series is None:
            series, version = self.catalog.get_with_version(name)
            self._series.put((name, version), series)
        return series

    def binned(self, name: str, bin_seconds: int) -> Series:
        """Return a data set summed to longer bins, the same Series until its content changes."""
        series = self.series(name)
        binned = self._binned.get((series, bin_seconds))
        if binned is None:
            binned = resample(series, bin_seconds)
            self._binned.put((series, bin_seconds), binned)
        return binned


def install(server: Flask, settings: Settings) -> None:
    """Give `server` its context."""
    server.extensions["dataflow"] = Context(settings)


def context() -> Context:
    """Return the context of the application that handles the current request."""
    return current_app.extensions["dataflow"]
