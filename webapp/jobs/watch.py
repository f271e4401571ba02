"""Start a task in a fresh process, follow its progress, and take it along when this process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson

from forecasting.errors import ForecastingError, WorkFailed
from forecasting.settings import Settings
from webapp.app.serve import environment_of

Report = Callable[[float, str], None]
"""Told the share done (0-1) and what is being done."""


def watch(task: str, version: str, arguments: Mapping[str, object], settings: Settings, report: Report) -> None:
    """Have `task` done for data of this version and its answer kept.

    The process ends when its standard input does: however this one dies, nothing is left behind. Raises
    ForecastingError with the task's own message, WorkFailed where the process broke.
    """
    command = [sys.executable, "-m", "webapp.jobs.work"]
    environment = {**os.environ, **environment_of(settings)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    asked = orjson.dumps({"task": task, "version": version, "arguments": dict(arguments)}) + b"\n"
    with subprocess.Popen(command, env=environment, **pipes) as process:  # noqa: S603
        try:
            # One that has ended already takes nothing, and says nothing either.
            with suppress(BrokenPipeError):
                process.stdin.write(asked)
                process.stdin.flush()
            done = _follow(process, report)
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
    if not done:
        raise WorkFailed("The work stopped before it was done; the log of the server says more.")


def _follow(process: subprocess.Popen, report: Report) -> bool:
    """Whether it said that it is done."""
    for line in process.stdout:
        said = orjson.loads(line)
        if "error" in said:
            raise ForecastingError(said["error"])
        if said.get("done"):
            return True
        report(said["share"], said["doing"])
    return False
