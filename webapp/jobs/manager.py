"""Dash's manager of background callbacks, on a store that is opened at the first job."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import diskcache
from dash import DiskcacheManager
from dash.background_callback.managers import BaseBackgroundCallbackManager

from forecasting.settings import Settings


class JobManager(DiskcacheManager):
    """Keeps jobs in the home, so that any worker can say how far one is.

    The home may not be writable: that is for `/health` to say, so nothing is opened before a job is asked for.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self.expire = None
        BaseBackgroundCallbackManager.__init__(self, cache_by=None)

    @cached_property
    def handle(self) -> diskcache.Cache:
        """The store that the workers share."""
        self._settings.prepare_home()
        return diskcache.Cache(str(self._settings.cache_path / "jobs"))

    def make_job_fn(self, fn: Callable, progress: bool, key: str | None = None) -> Callable:
        """What the child of a worker runs for a job."""

        def job(*args: object) -> None:
            return super(JobManager, self).make_job_fn(fn, progress, key)(*args)

        return job
