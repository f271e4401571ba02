"""The runner without services: started when something is queued, bounded, and gone with the server."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from forecasting.jobs import CANCELLED, DONE, QUEUED, RUNNING, JobQueue, JobRequest
from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, alive, wait_until
from webapp.jobs.local_runner import LocalRunner, dispatcher_lock


def submitted(queue: JobQueue, settings: Settings, task: str, **arguments: object) -> str:
    """The id of a job that was submitted to a runner which ends with this test run."""
    job = queue.submit(JobRequest(task, arguments, "v1", "test"))
    LocalRunner(settings, os.getpid()).wake(job.id)
    return job.id


def test_no_more_than_allowed_run_at_once_and_the_others_wait_as_rows(settings, queue, tmp_path):
    one_at_a_time = replace(settings, jobs_at_once=1)
    note = tmp_path / "process"
    first = submitted(queue, one_at_a_time, "endless", note=str(note))
    others = [submitted(queue, one_at_a_time, "steps", count=count) for count in (1, 2)]
    wait_until(lambda: note.exists() and note.read_text())
    assert [queue.get(job_id).state for job_id in (first, *others)] == [RUNNING, QUEUED, QUEUED]
    queue.cancel(others[0])
    queue.cancel(first)
    wait_until(lambda: queue.get(others[1]).state == DONE)
    assert queue.get(others[0]).state == CANCELLED
    assert not alive(int(note.read_text()))


def test_it_ends_with_the_server_and_its_job_runs_again_with_the_next(settings, queue, tmp_path):
    note = tmp_path / "process"
    job = queue.submit(JobRequest("written", {"note": str(note), "seconds": 1.5}))
    web_worker = (
        "import sys; from pathlib import Path; from forecasting.settings import Settings;"
        "from webapp.jobs.local_runner import LocalRunner; LocalRunner(Settings(home=Path(sys.argv[1]))).wake('')"
    )
    server = "import subprocess, sys, time; subprocess.run([sys.executable, *sys.argv[1:]], check=True); time.sleep(60)"
    command = [sys.executable, "-c", server, "-c", web_worker, str(settings.home)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_until(lambda: note.exists() and note.read_text())
        working = int(note.read_text())
        process.kill()  # its web worker ended long ago, and the job went on
    wait_until(lambda: not alive(working))
    wait_until(lambda: queue.get(job.id).state == QUEUED)
    wait_until(lambda: _is_free(settings))
    LocalRunner(settings, os.getpid()).wake(job.id)
    wait_until(lambda: queue.get(job.id).state == DONE)
    assert len(note.read_text().split()) == 2


def _is_free(settings: Settings) -> bool:
    with dispatcher_lock(settings).acquire(timeout=30):
        return True
