"""Tasks for trials, and what can be seen of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from forecasting.jobs import DONE, Job, JobQueue, JobRequest
from forecasting.settings import Settings
from webapp.jobs.supervisor import perform

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 60

TRIAL_TASKS = '''
"""Python imports this module in every process that is started with its folder on the path."""
import os, signal, sys, time
worker = "webapp.jobs.worker" in sys.orig_argv
if worker and os.environ.get("ENDS_AT_ONCE"):
    os._exit(1)
if worker:
    from forecasting.errors import InputError
    from webapp.jobs.tasks.registry import TASKS

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
    from webapp.jobs.tasks import dataset
    return len(dataset.series_of(settings, "sample", version))

def written(settings, report, version, *, note, seconds):
    with open(note, "a") as file:
        file.write(f"{os.getpid()}\\n")
    report(0.5, "Going on")
    time.sleep(seconds)
    return {"note": note}

def endless(settings, report, version, *, note):
    with open(note, "w") as file:
        file.write(str(os.getpid()))
    report(0.5, "Going on")
    while True:
        time.sleep(0.05)

if worker:
    names = ("steps", "refused", "broken", "killed", "changed", "written", "endless")
    TASKS.update({name: f"sitecustomize:{name}" for name in names})
'''


def perform_one(queue: JobQueue, settings: Settings, task: str, version: str = "v1", **arguments: object) -> Job:
    """Submit a job and do it as a runner does, in this process; return how it ended."""
    job = queue.submit(JobRequest(task, arguments, version, "test"))
    claimed = queue.claim("this test", job.id)
    assert claimed is not None
    perform(claimed, queue, settings, threading.Event())
    return queue.get(job.id)


def result_of(queue: JobQueue, job: Job) -> dict:
    """The result of a job that is done."""
    assert job.state == DONE, job.error
    data = queue.result(job.id)
    assert data is not None
    return orjson.loads(data)


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
