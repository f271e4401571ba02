"""The process of a job: `python -m webapp.jobs.watcher` has one task done and tells Dash's store how far it is.

It ends with the server that asked for it, and its work with it. Another worker may follow it, so that it outlives the
one it was started by.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

import diskcache
import orjson
import psutil

from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from webapp.jobs.slots import turn
from webapp.jobs.watch import Report, watch

STEPS = 1000
LOOK_SECONDS = 1.0
WAITING = "Waiting for other work to be done"
ABANDONED = 3


def main() -> None:
    """Do the job that standard input describes."""
    job = orjson.loads(sys.stdin.buffer.read())
    threading.Thread(target=_end_with, args=(job["server"],), daemon=True).start()
    with diskcache.Cache(job["folder"]) as store:

        def report(share: float, doing: str) -> None:
            store.set(job["progress_key"], [str(round(STEPS * share)), doing])

        settings = Settings.from_environment()
        with turn(settings.cache_path / "turns", lambda: report(0.0, WAITING)):
            store.set(job["key"], outcome(job["task"], job["request"], settings, report))


def outcome(task: str, request: object, settings: Settings, report: Report, do: Callable = watch) -> dict[str, object]:
    """Have a task done by `do`, and say of what was asked whether it is, or what went wrong."""
    if not isinstance(request, dict) or not {"version", "arguments"} <= set(request):
        return {}
    asked = {name: request[name] for name in ("version", "arguments")}
    said = {"asked": asked, "nonce": request.get("nonce"), "problem": None}
    try:
        do(task, **asked, settings=settings, report=report)
    except ForecastingError as error:
        return {**said, "problem": error.message}
    return said


def _end_with(process: int) -> None:
    """End this process when another has ended."""
    try:
        server = psutil.Process(process)
        while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOK_SECONDS)
    except psutil.NoSuchProcess:
        pass
    os._exit(ABANDONED)


if __name__ == "__main__":
    main()
