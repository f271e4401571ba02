"""The process of a job: `python -m webapp.jobs.supervisor` has a worker do one task and tells Dash's store how it goes.

It ends with the server that requested the job, and its worker with it. Another web worker may follow the job, so that
it outlives the one that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

import orjson
import psutil

from forecasting.errors import ForecastingError, WorkFailed
from forecasting.progress import Progress
from forecasting.settings import Settings
from webapp.app.processes import environment_of
from webapp.jobs.slots import slot
from webapp.jobs.store import bar, job_store

LOOK_SECONDS = 1.0
WAITING = "Waiting for other work to be done"
ABANDONED = 3


def main() -> None:
    """Do the job that standard input describes."""
    job = orjson.loads(sys.stdin.buffer.read())
    threading.Thread(target=_end_with, args=(job["server"],), daemon=True).start()
    settings = Settings.from_environment()
    store = job_store(settings.cache_path)

    def progress(share: float, doing: str = "", /) -> None:
        store.set(job["progress_key"], bar(share, doing))

    with slot(settings.cache_path / "job-slots", lambda: progress(0.0, WAITING)):
        store.set(job["key"], outcome(job["task"], job["request"], settings, progress))


def outcome(task: str, request: object, settings: Settings, progress: Progress) -> dict[str, object]:
    """Have a task done; return the request with `problem`: None if it is done, else what went wrong."""
    if not isinstance(request, dict) or not {"version", "arguments"} <= set(request):
        return {}
    wanted = {name: request[name] for name in ("version", "arguments")}
    result = {"request": wanted, "nonce": request.get("nonce"), "problem": None}
    try:
        supervise(task, **wanted, settings=settings, progress=progress)
    except ForecastingError as error:
        return {**result, "problem": error.message}
    return result


def supervise(task: str, version: str, arguments: Mapping[str, object], settings: Settings, progress: Progress) -> None:
    """Have a worker process do `task` for data of this version and cache the result.

    The worker ends when its standard input does: however this process dies, nothing is left behind. Raises
    ForecastingError with the task's own message, WorkFailed if the worker broke.
    """
    command = [sys.executable, "-m", "webapp.jobs.worker"]
    environment = {**os.environ, **environment_of(settings)}
    request = orjson.dumps({"task": task, "version": version, "arguments": dict(arguments)}) + b"\n"
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None  # noqa: S101  # it was opened with a pipe
        try:
            # A worker that has ended already reads nothing, and writes nothing either.
            with suppress(BrokenPipeError):
                process.stdin.write(request)
                process.stdin.flush()
            done = _follow(process, progress)
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
    if not done:
        raise WorkFailed("The work stopped before it was done. See the server log.")


def _follow(process: subprocess.Popen[bytes], progress: Progress) -> bool:
    """Pass progress on until the worker ends; return whether it wrote that the task is done."""
    assert process.stdout is not None  # noqa: S101  # it was opened with a pipe
    for line in process.stdout:
        message = orjson.loads(line)
        if "error" in message:
            raise ForecastingError(message["error"])
        if message.get("done"):
            return True
        progress(message["share"], message["doing"])
    return False


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
