"""A job as Dash has it done: started without a fork, told of in the store, ended with whoever it was for."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

import psutil
import pytest

from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, alive, wait_until
from webapp.app.result_cache import ResultCache
from webapp.jobs.manager import Handle, JobManager
from webapp.jobs.slots import MOST_AT_ONCE, slot
from webapp.jobs.supervisor import WAITING

KEY = "key-of-the-job"


@pytest.fixture
def manager(settings: Settings, reports: list) -> JobManager:
    """A manager as an application has it."""
    return JobManager(settings)


def start(manager: JobManager, task: str, **arguments: object) -> str:
    """Start a task as the callback of a panel does."""
    request = {"version": "v1", "arguments": arguments, "nonce": "n"}
    job_fn = manager.make_job_fn(lambda start, request, _tab: start(task, request), True)
    return manager.call_job_fn(KEY, job_fn, [request, "tab"], {})


def test_the_outcome_is_in_the_store_and_the_answer_kept(manager, settings):
    job = start(manager, "steps", count=3)
    wait_until(lambda: manager.result_ready(KEY))
    assert manager.get_progress(KEY) == ["667", "Step 2"]
    assert manager.get_result(KEY, job) == {
        "request": {"version": "v1", "arguments": {"count": 3}},
        "nonce": "n",
        "problem": None,
    }
    answers = ResultCache(settings)
    assert answers.find(answers.key("steps", "v1", {"count": 3}))["count"] == 3
    wait_until(lambda: not psutil.pid_exists(Handle.of(job).process))


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
            others.enter_context(slot(settings.cache_path / "job-slots", lambda: pytest.fail("none was free")))
        job = start(manager, "steps", count=1)
        wait_until(lambda: manager.store.get(manager._make_progress_key(KEY)) == ["0", WAITING])
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


def test_an_outcome_that_comes_between_two_looks_is_not_dropped(manager):
    """Dash looks for the outcome first, then asks whether the job runs; one that does not is taken for cancelled."""
    job = start(manager, "refused")
    wait_until(lambda: manager.result_ready(KEY))
    wait_until(lambda: Handle.of(job).running() is None)
    outcome = manager.store.get(KEY)
    manager.store.delete(KEY)
    assert manager.get_result(KEY, job) is manager.UNDEFINED
    manager.store.set(KEY, outcome)
    assert manager.job_running(job)
    assert manager.get_result(KEY, job) == outcome
    assert not manager.job_running(job)


def test_ending_a_job_that_has_ended_does_nothing(manager):
    job = start(manager, "refused")
    wait_until(lambda: manager.result_ready(KEY))
    wait_until(lambda: not psutil.pid_exists(Handle.of(job).process))
    manager.terminate_job(job)
    manager.terminate_job(None)
    assert manager.get_result(KEY, job)["problem"]


def test_another_process_of_the_same_number_is_never_ended(manager):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = psutil.Process(process.pid).create_time()
        assert Handle.of(str(Handle(process.pid, started, KEY))).running()
        earlier = str(Handle(process.pid, started - 60, KEY))
        assert not manager.job_running(earlier)
        manager.terminate_job(earlier)
        assert process.poll() is None
        process.communicate(b"\n")


OWN = os.getpid()


@pytest.mark.parametrize(
    "text",
    [
        *["", "1", "-1.2.key", "1.2", "a.b.c", "1.2.3.4"],
        *(pytest.param(str(OWN), id="own process"), pytest.param(OWN, id="own process as a number")),
    ],
)
def test_a_handle_of_another_form_is_no_process(manager, text):
    assert not manager.job_running(text)
    manager.terminate_job(text)


def test_the_outcome_of_an_earlier_run_is_not_taken_for_the_new_one(manager):
    manager.store.set(KEY, {"problem": "old"})
    start(manager, "steps", count=1)
    wait_until(lambda: manager.result_ready(KEY))
    assert manager.store.get(KEY)["problem"] is None
