"""The process that computes: `python -m webapp.jobs.worker` reads one task from standard input and caches its result.

It ends when standard input ends, whatever it is doing: then its supervisor has ended.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO

import orjson

from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from webapp.app.processes import limit_threads

log = logging.getLogger(__name__)

NICENESS = 5
ABANDONED = 3
UNEXPECTED = "Unexpected error. See the server log."


def main() -> None:
    """Do the task that standard input names."""
    limit_threads()
    os.nice(NICENESS)
    channel = _own_output()
    request = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    _write(channel, _outcome(request, channel))
    logging.shutdown()
    os._exit(0)  # an orderly end would wait for the thread that reads


def _own_output() -> BinaryIO:
    """Standard output for the lines of this module only: what libraries print goes to the log."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(ABANDONED)


def _outcome(request: dict[str, Any], channel: BinaryIO) -> dict[str, object]:
    # After `limit_threads`: these import numeric libraries, which read their number of threads once.
    from webapp.app.result_cache import ResultCache
    from webapp.jobs.tasks.registry import TASKS

    settings = Settings.from_environment()

    def progress(share: float, doing: str = "", /) -> None:
        _write(channel, {"share": share, "doing": doing})

    task, version, arguments = request["task"], request["version"], request["arguments"]
    try:
        result = TASKS[task](settings, progress, version, **arguments)
        cache = ResultCache(settings)
        cached = cache.shared and cache.put(cache.key(task, version, arguments), result)
    except ForecastingError as error:
        return {"error": error.message}
    except Exception:  # whatever a bug raises: the page shows a line, the log has the rest
        log.exception("The task %s failed.", task)
        return {"error": UNEXPECTED}
    if cached:
        return {"done": True}
    return {"error": f"The result could not be cached in {settings.cache_path}. See the server log."}


def _write(channel: BinaryIO, message: Mapping[str, object]) -> None:
    channel.write(orjson.dumps(message) + b"\n")


if __name__ == "__main__":
    main()
