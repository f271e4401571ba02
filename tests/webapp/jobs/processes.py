"""Tasks for trials, and what can be seen of a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 30

TRIAL_TASKS = '''
"""Python imports this module in every process that is started with its folder on the path."""
import os, signal, time
if os.environ.get("ENDS_AT_ONCE"):
    os._exit(1)
from forecasting.errors import InputError
from webapp.jobs.tasks import dataset as asked_data, registry as tasks

def steps(settings, report, version, *, count):
    for step in range(count):
        report(step / count, f"Step {step}")
        print("what a library prints")
        os.write(1, b"what a library in C prints")
    return {"count": count, "version": version, "process": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]}

def refused(settings, report, version):
    raise InputError("count is 0; write more.", field="count")

def broken(settings, report, version):
    return {}["a secret of the house"]

def killed(settings, report, version):
    os.kill(os.getpid(), signal.SIGKILL)

def changed(settings, report, version):
    return len(asked_data.series_of(settings, "sample", version))

def endless(settings, report, version, *, note):
    with open(note, "w") as file:
        file.write(str(os.getpid()))
    report(0.5, "Going on")
    while True:
        time.sleep(0.05)

tasks.TASKS.update({f.__name__: f for f in (steps, refused, broken, killed, changed, endless)})
'''


def alive(process: int) -> bool:
    """Whether a process still runs; one that nobody has buried yet does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(holds: Callable[[], object]) -> None:
    """Return once it holds; fails after some seconds."""
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
