"""The fresh process: `python -m webapp.jobs.work` reads one task from standard input, does it and keeps its answer.

It ends when standard input ends, whatever it is doing: then nobody waits for it any more.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import orjson

from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from webapp.app.processes import limit_threads
from webapp.app.result_cache import Answers

log = logging.getLogger(__name__)

NICENESS = 5
ABANDONED = 3


def main() -> None:
    """Do the task that standard input names."""
    limit_threads()
    os.nice(NICENESS)
    channel = _own_output()
    asked = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    _say(channel, **_outcome(asked, lambda share, doing: _say(channel, share=share, doing=doing)))
    logging.shutdown()
    os._exit(0)  # an orderly end would wait for the thread that reads


def _own_output() -> BinaryIO:
    """Standard output for what this module says only: what libraries print goes to the log."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(ABANDONED)


def _outcome(asked: dict, report: Callable[[float, str], None]) -> dict[str, object]:
    from webapp.jobs.tasks.registry import TASKS  # brings numpy, which must find its number of threads limited

    settings = Settings.from_environment()
    try:
        answer = TASKS[asked["task"]](settings, report, asked["version"], **asked["arguments"])
    except ForecastingError as error:
        return {"error": error.message}
    except Exception:
        log.exception("The task %s failed.", asked["task"])
        return {"error": "The work failed for a reason that nobody foresaw; the log of the server has it."}
    answers = Answers(settings)
    if answers.shared and answers.keep(answers.key(asked["task"], asked["version"], asked["arguments"]), answer):
        return {"done": True}
    return {"error": f"The answer could not be kept in {settings.cache_path}; the log of the server says why."}


def _say(channel: BinaryIO, **said: object) -> None:
    channel.write(orjson.dumps(said) + b"\n")


if __name__ == "__main__":
    main()
