"""The schedules of an installation. A run that was missed runs once, as soon as anything looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from forecasting.database import Store
from forecasting.database.database_clock import database_time, seconds_now
from forecasting.errors import Conflict, NotFound, QueueFull
from forecasting.jobs.job import Job, JobRequest
from forecasting.jobs.job_queue import add_job
from forecasting.jobs.schedule import Schedule, checked_name, next_run
from forecasting.jobs.schedule_table import schedules
from forecasting.settings import Settings

MOST_SCHEDULES = 200


class Schedules:
    """Schedules by name. Every call may raise NotReady if the database cannot be used."""

    def __init__(self, settings: Settings):
        self._store = Store(settings)
        self._most_queued = settings.max_queued_jobs

    def put(self, name: str, kind: str, arguments: Mapping[str, Any], cron: str, time_zone: str) -> Schedule:
        """Store a schedule, in place of one of that name; its next run is the first of its times from now on.

        The arguments are those of the kind, checked by the caller. Raises InputError, and Conflict at the limit.
        """
        checked_name(name)
        values = {"kind": kind, "arguments": orjson.dumps(dict(arguments)).decode(), "cron": cron}

        def change(connection: sa.Connection) -> Schedule:
            now = database_time(connection)
            new = {**values, "time_zone": time_zone, "created": now, "next_run": next_run(cron, time_zone, now)}
            connection.execute(sa.delete(schedules).where(schedules.c.name == name))
            present = connection.execute(sa.select(sa.func.count()).select_from(schedules)).scalar() or 0
            if present >= MOST_SCHEDULES:
                raise Conflict(f"There are {present} schedules, as many as there may be. Remove one first.")
            connection.execute(sa.insert(schedules).values(name=name, **new))
            return _schedule_of(connection.execute(sa.select(schedules).where(schedules.c.name == name)).one())

        return self._store.write(change, conflict=f"Schedule {name} was stored by another process. Try again.")

    def every(self) -> list[Schedule]:
        """Return all schedules by name."""
        return [_schedule_of(row) for row in self._store.read(sa.select(schedules).order_by(schedules.c.name))]

    def remove(self, name: str) -> None:
        """Remove a schedule; jobs that it has submitted stay. Raises NotFound."""
        delete = sa.delete(schedules).where(schedules.c.name == name)
        if not self._store.write(lambda connection: connection.execute(delete).rowcount):
            known = ", ".join(schedule.name for schedule in self.every()) or "none"
            raise NotFound(f"Schedule {name!r} not found. Available: {known}.")

    def submit_due(self) -> list[Job]:
        """Submit the jobs of all schedules whose time has come, each once however long ago that was.

        A schedule moves on and its job is queued in one transaction: killed in between, neither has happened.
        """
        due = sa.select(schedules).where(schedules.c.next_run <= seconds_now())
        if not self._store.read(due.limit(1)):
            return []

        def change(connection: sa.Connection) -> list[Job]:
            rows = connection.execute(due.with_for_update(skip_locked=True)).all()
            made = [self._run(connection, _schedule_of(row)) for row in rows]
            return [job for job in made if job is not None]

        return self._store.write(change)

    def _run(self, connection: sa.Connection, schedule: Schedule) -> Job | None:
        this = sa.update(schedules).where(schedules.c.name == schedule.name)
        request = JobRequest(schedule.kind, schedule.arguments, requested_by=f"schedule {schedule.name}")
        try:
            job = add_job(connection, request, self._most_queued)
        except QueueFull as error:  # its time stays: it is tried again
            connection.execute(this.values(last_error=error.message))
            return None
        now = database_time(connection)
        following = next_run(schedule.cron, schedule.time_zone, now)
        connection.execute(this.values(next_run=following, last_run=now, last_job=job.id, last_error=None))
        return job


def _schedule_of(row: sa.Row[Any]) -> Schedule:
    values = dict(row._mapping)
    return Schedule(**{**values, "arguments": orjson.loads(values["arguments"])})
