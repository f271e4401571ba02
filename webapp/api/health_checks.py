"""What the server needs, part by part, each checked under a deadline: a disk that hangs is a failed part."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field

from forecasting.errors import FieldError, ForecastingError, NotReady
from forecasting.model_sets.inventory import installed_sets
from webapp.app.context import Context

log = logging.getLogger(__name__)

SECONDS = 0.8
"""How long all checks together may take."""


def _catalog(context: Context) -> None:
    context.catalog.list()


def _home(context: Context) -> None:
    settings = context.settings
    settings.check_home()
    nearest = settings.existing_folder
    if not settings.read_only and not os.access(nearest, os.W_OK | os.X_OK):
        raise NotReady(f"DATAFLOW_HOME must be a writable folder ({nearest} is not).")


def _models(context: Context) -> None:
    states = installed_sets(context.settings)
    if not states.usable:
        raise NotReady(next(iter(states.broken.values()), "No model set is installed."))


def _cache(context: Context) -> None:
    # Without a home that can be written each worker caches in memory: slower, but nothing is missing.
    context.results.find(context.results.key("health", "", {}))


PARTS: Mapping[str, Callable[[Context], None]] = {
    "catalog": _catalog,
    "home": _home,
    "models": _models,
    "cache": _cache,
}
"""The parts by name; a check returns, or raises ForecastingError or OSError."""


@dataclass(eq=False)
class HealthChecks:
    """The checks of one application. One that hangs is not started again until it has ended."""

    context: Context
    parts: Mapping[str, Callable[[Context], None]] = field(default_factory=lambda: PARTS)
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(len(self.parts), thread_name_prefix="health")

    def problems(self) -> list[FieldError]:
        """Return what is wrong, part by part; nothing if everything needed is available."""
        end = time.monotonic() + self.seconds
        with self._lock:
            for name, check in self.parts.items():
                if name not in self._running or self._running[name].done():
                    self._running[name] = self._pool.submit(check, self.context)
            running = dict(self._running)
        found = [(name, self._problem(future, max(0.0, end - time.monotonic()))) for name, future in running.items()]
        # Parts that rest on a broken one fail with its message: the first that has it is what is wrong.
        first = {text: name for name, text in reversed(found) if text is not None}
        return [FieldError(name, text) for name, text in found if text is not None and first[text] == name]

    def _problem(self, future: Future[None], seconds: float) -> str | None:
        try:
            future.result(seconds)
        except NotInTime:
            return f"No result within {self.seconds:g} s."
        except ForecastingError as error:
            log.warning("%s", error.message)
            return error.message
        except OSError as error:
            log.warning("%s", error)
            return f"{error.strerror or 'Input or output failed'}."
        return None
