"""Celery with a real Redis, a real PostgreSQL and real workers on disks of their own: kills, restarts, cancels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from forecasting.database import Store
from forecasting.jobs import CANCELLED, DONE, QUEUED, RUNNING, JobQueue, JobRequest
from forecasting.jobs.job_table import jobs
from forecasting.jobs.schedule_table import schedules
from forecasting.jobs.schedules import Schedules
from forecasting.settings import Settings
from tests.servers import free_port, redis_server
from tests.webapp.jobs.processes import ROOT, alive, result_of, wait_until
from webapp.app.processes import environment_of
from webapp.app.result_cache import ResultCache
from webapp.jobs.submission import submit
from webapp.jobs.watch import look_after


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of a web process: a disk of its own, and the address of a Redis that does not run yet."""
    return Settings(home=tmp_path / "web", database_url=database_url, redis_url=f"redis://127.0.0.1:{free_port()}/0")


@contextmanager
def redis_of(settings: Settings) -> Iterator[None]:
    """Run the Redis that the settings name; it forgets everything at the end."""
    with redis_server(int(settings.redis_url.rpartition(":")[2].removesuffix("/0"))):
        yield


@contextmanager
def running(command: str, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A `dataflow` process on an empty disk of its own; it is stopped at the end, if it still runs."""
    own = replace(settings, home=settings.home.with_name(f"{command}-{free_port()}"))
    code = f"import sys; from webapp.app.cli import main; sys.exit(main(['{command}']))"
    environment = {**os.environ, **environment_of(own)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


def lines(note: Path) -> list[int]:
    """The processes that have begun the task `written`."""
    return [int(line) for line in note.read_text().split()] if note.exists() else []


def end_leases(settings: Settings) -> None:
    """Let the leases of dead workers have run out, then do what beat has a worker do."""
    over = sa.update(jobs).where(jobs.c.state == RUNNING).values(lease_until=0.0)
    Store(settings).write(lambda connection: connection.execute(over))
    look_after(settings)


def test_a_killed_worker_and_a_restarted_redis_lose_nothing_and_do_nothing_twice(queue, settings, tmp_path):
    killed, survives = tmp_path / "killed", tmp_path / "survives"
    with ExitStack() as stack:
        with redis_of(settings):
            with running("worker", settings) as worker:
                first = submit(settings, JobRequest("written", {"note": str(killed), "seconds": 2}))
                wait_until(lambda: queue.get(first.id).share == 0.5)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            wait_until(lambda: not alive(lines(killed)[0]))
            assert queue.get(first.id).state == RUNNING, "nobody knows yet"
            stack.enter_context(running("worker", settings))
            end_leases(settings)
            assert result_of(queue, ended(queue, first.id)) == {"note": str(killed)}
            assert (len(lines(killed)), queue.get(first.id).attempt) == (2, 2)
            second = submit(settings, JobRequest("written", {"note": str(survives), "seconds": 2}))
            wait_until(lambda: queue.get(second.id).share == 0.5)
        third = submit(settings, JobRequest("steps", {"count": 1}))  # Redis is away: the row waits
        assert queue.get(third.id).state == QUEUED
        with redis_of(settings):
            look_after(settings)
            for job in (second, third):
                result_of(queue, ended(queue, job.id))
    assert len(lines(survives)) == 1
    cache = ResultCache(settings)
    key = cache.key("steps", "", {"count": 1})
    assert cache.find(key)["count"] == 1, "another disk has it from the database"


def ended(queue: JobQueue, job_id: str):
    """A job once it has ended."""
    wait_until(lambda: not queue.get(job_id).active)
    return queue.get(job_id)


def test_a_cancel_reaches_the_worker_a_stop_gives_the_job_back_and_beat_submits_what_is_due(queue, settings, tmp_path):
    cancelled, returned = tmp_path / "cancelled", tmp_path / "returned"
    with redis_of(settings), running("scheduler", settings):
        plan = Schedules(settings)
        plan.put("nightly", "steps", {"count": 2}, "0 3 * * *", "UTC")
        with running("worker", settings) as worker:
            job = submit(settings, JobRequest("endless", {"note": str(cancelled)}))
            wait_until(lambda: queue.get(job.id).share == 0.5)
            queue.cancel(job.id)
            wait_until(lambda: not alive(lines(cancelled)[0]))
            job = submit(settings, JobRequest("written", {"note": str(returned), "seconds": 60}))
            wait_until(lambda: queue.get(job.id).share == 0.5)
            worker.terminate()
            assert worker.wait(30) == 0
            given_back = queue.get(job.id)
            assert (given_back.state, given_back.attempt) == (QUEUED, 0)
            assert not alive(lines(returned)[0])
        queue.cancel(job.id)
        past = sa.update(schedules).values(next_run=1.0)
        Store(settings).write(lambda connection: connection.execute(past))
        with running("worker", settings):
            wait_until(lambda: [one.state for one in queue.list(kind="steps")] == [DONE])
    assert plan.every()[0].last_job == queue.list(kind="steps")[0].id
    assert [one.state for one in queue.list(states=[CANCELLED])] == [CANCELLED] * 2


def test_celery_is_not_imported_without_redis(tmp_path):
    code = (
        "import sys; from pathlib import Path; from forecasting.settings import Settings;"
        "from webapp.jobs.submission import runner_of; import webapp.jobs.watch, webapp.app.cli;"
        "runner_of(Settings(home=Path(sys.argv[1]))); print([name for name in sys.modules if 'celery' in name])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout == "[]\n", shown.stdout
