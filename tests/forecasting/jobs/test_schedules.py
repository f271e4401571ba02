"""Schedules: their times in their zone, a missed run that runs once, and two processes that look at the same time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from forecasting.database import Store
from forecasting.errors import Conflict, InputError, NotFound
from forecasting.jobs import JobQueue
from forecasting.jobs import schedules as module
from forecasting.jobs.job_table import jobs
from forecasting.jobs.schedule import next_run
from forecasting.jobs.schedule_table import schedules
from forecasting.jobs.schedules import Schedules

ARGUMENTS = {"dataset": "shop"}
NIGHTLY = ("training", ARGUMENTS, "0 3 * * *", "Europe/Paris")


def moment(text: str, zone: str = "Europe/Paris") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-06-01 02:59", "2026-06-01 03:00"),
        ("2026-06-01 03:00", "2026-06-02 03:00"),
        ("2026-03-28 12:00", "2026-03-29 03:00"),
        ("2026-10-24 12:00", "2026-10-25 03:00"),
    ],
)
def test_the_times_are_those_on_the_wall(after, then):
    assert next_run("0 3 * * *", "Europe/Paris", moment(after)) == moment(then)


@pytest.mark.parametrize(
    ("cron", "zone", "field"),
    [("0 3 * *", "UTC", "cron"), ("61 * * * *", "UTC", "cron"), ("0 0 30 2 *", "UTC", "cron"), ("0 3 * * *", "X", "")],
)
def test_what_is_no_time_is_refused(cron, zone, field):
    with pytest.raises(InputError) as caught:
        next_run(cron, zone, 0.0)
    assert not field or caught.value.errors[0].field == field


def make_due(settings, seconds: float = 3 * 86_400) -> None:
    """Let the next run of every schedule be some days ago, as after a server was away."""
    change = sa.update(schedules).values(next_run=schedules.c.next_run - seconds - 86_400)
    Store(settings).write(lambda connection: connection.execute(change))


def test_a_missed_run_runs_once_and_the_next_is_in_the_future(settings, queue):
    plan = Schedules(settings)
    stored = plan.put("nightly", *NIGHTLY)
    assert plan.submit_due() == []
    make_due(settings)
    (job,) = plan.submit_due()
    assert (job.kind, job.arguments, job.requested_by) == ("training", ARGUMENTS, "schedule nightly")
    assert plan.submit_due() == []
    (after,) = plan.every()
    assert (after.last_job, after.next_run) == (job.id, stored.next_run)
    assert [one.id for one in queue.list()] == [job.id]


def test_two_processes_that_look_at_once_submit_one_job(settings, queue):
    Schedules(settings).put("nightly", *NIGHTLY)
    make_due(settings)
    barrier, made = threading.Barrier(2), []

    def look() -> None:
        barrier.wait()
        made.extend(Schedules(settings).submit_due())

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(queue.list()) == 1
    assert queue.list()[0].requests == 1


def test_a_full_queue_leaves_the_run_for_later_and_says_why(settings):
    full = replace(settings, max_queued_jobs=1)
    plan = Schedules(full)
    plan.put("nightly", *NIGHTLY)
    plan.put("weekly", "comparison", ARGUMENTS, "0 4 * * SUN", "UTC")
    make_due(settings, 7 * 86_400)
    assert len(plan.submit_due()) == 1
    errors = {one.name: one.last_error for one in plan.every()}
    assert errors["nightly"] is None
    assert "DATAFLOW_MAX_QUEUED_JOBS" in errors["weekly"]
    Store(settings).write(lambda connection: connection.execute(sa.delete(jobs)))
    assert len(plan.submit_due()) == 1
    assert [one.last_error for one in plan.every()] == [None, None]


def test_a_schedule_is_replaced_listed_and_removed(settings, monkeypatch):
    plan = Schedules(settings)
    plan.put("nightly", *NIGHTLY)
    plan.put("nightly", "comparison", ARGUMENTS, "30 1 * * *", "UTC")
    (shown,) = [one.to_dict() for one in plan.every()]
    assert (shown["kind"], shown["cron"], shown["last_run"]) == ("comparison", "30 1 * * *", None)
    assert shown["next_run"].endswith("T01:30:00Z")
    monkeypatch.setattr(module, "MOST_SCHEDULES", 1)
    with pytest.raises(Conflict, match="Remove one first"):
        plan.put("another", *NIGHTLY)
    with pytest.raises(InputError, match="name must be 1 to 63 characters"):
        plan.put("No Name", *NIGHTLY)
    plan.remove("nightly")
    with pytest.raises(NotFound, match=r"Schedule 'nightly' not found\. Available: none"):
        plan.remove("nightly")
    assert JobQueue(settings).list() == []
