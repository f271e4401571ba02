"""A job as Dash has it done: started without a fork, told of in the store, ended with whoever it was for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, alive, wait_until
from webapp.app.result_cache import Answers
from webapp.jobs.manager import JobManager
from webapp.jobs.slots import MOST_AT_ONCE, turn
from webapp.jobs.watcher import WAITING

KEY = "key-of-the-job"


@pytest.fixture
def manager(settings: Settings, reports: list) -> Iterator[JobManager]:
    """A manager as an application has it."""
    made = JobManager(settings)
    yield made
    made.handle.close()


def start(manager: JobManager, task: str, **arguments: object) -> int:
    """Start a task as the callback of a panel does."""
    request = {"version": "v1", "arguments": arguments, "nonce": "n"}
    job_fn = manager.make_job_fn(lambda start, request, _tab: start(task, request), True)
    return manager.call_job_fn(KEY, job_fn, [request, "tab"], {})


def test_the_outcome_is_in_the_store_and_the_answer_kept(manager, settings):
    job = start(manager, "steps", count=3)
    wait_until(lambda: manager.result_ready(KEY))
    assert manager.get_progress(KEY) == ["667", "Step 2"]
    assert manager.get_result(KEY, job) == {
        "asked": {"version": "v1", "arguments": {"count": 3}},
        "nonce": "n",
        "problem": None,
    }
    answers = Answers(settings)
    assert answers.find(answers.key("steps", "v1", {"count": 3}))["count"] == 3
    wait_until(lambda: not psutil.pid_exists(job))


def test_what_went_wrong_is_the_outcome(manager):
    job = start(manager, "refused")
    wait_until(lambda: manager.result_ready(KEY))
    assert manager.get_result(KEY, job)["problem"] == "count is 0; write more."


def test_a_cancel_takes_the_work_along(manager, tmp_path):
    note = tmp_path / "process"
    job = start(manager, "endless", note=str(note))
    wait_until(lambda: note.exists() and note.read_text())
    assert manager.job_running(job)
    manager.terminate_job(job)
    wait_until(lambda: not alive(int(note.read_text())))
    wait_until(lambda: not manager.job_running(job))
    assert not manager.result_ready(KEY)


def test_what_comes_while_enough_is_worked_on_waits_and_says_so(manager, settings):
    with ExitStack() as others:
        for _ in range(MOST_AT_ONCE):
            others.enter_context(turn(settings.cache_path / "turns", lambda: pytest.fail("none was free")))
        job = start(manager, "steps", count=1)
        wait_until(lambda: manager.handle.get(manager._make_progress_key(KEY)) == ["0", WAITING])
        assert manager.job_running(job)
        assert not manager.result_ready(KEY)
    wait_until(lambda: manager.result_ready(KEY))
    assert manager.get_result(KEY, job)["problem"] is None


def test_it_ends_with_the_server_but_not_with_the_worker_that_started_it(manager, settings, tmp_path):
    note, worker = tmp_path / "process", tmp_path / "worker.py"
    worker.write_text(
        "import sys; from pathlib import Path; from forecasting.settings import Settings\n"
        "from tests.webapp.jobs.test_manager import start; from webapp.jobs.manager import JobManager\n"
        "start(JobManager(Settings(home=Path(sys.argv[1]))), 'endless', note=sys.argv[2])\n"
    )
    server = "import subprocess, sys, time; subprocess.run([sys.executable, *sys.argv[1:]], check=True); time.sleep(60)"
    command = [sys.executable, "-c", server, str(worker), str(settings.home), str(note)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_until(lambda: note.exists() and note.read_text())
        working = int(note.read_text())
        assert alive(working)
        process.kill()
    wait_until(lambda: not alive(working))
