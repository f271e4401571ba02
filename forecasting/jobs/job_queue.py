"""The queue of jobs: submit, claim with a lease, report, end, and what becomes of a job whose runner has died.

Every change is one statement that names the state it starts from, so of two processes that want the same change one
succeeds, on PostgreSQL and on SQLite alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from forecasting.database import Store
from forecasting.database.database_clock import seconds_now
from forecasting.errors import Conflict, NotFound, QueueFull
from forecasting.jobs.job import ACTIVE, CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, JobRequest
from forecasting.jobs.job_history import ENDED_JOBS, surplus_of
from forecasting.jobs.job_results import StoredResult, verified
from forecasting.jobs.job_table import COLUMNS, job_of, jobs
from forecasting.settings import Settings

LEASE_SECONDS = 20.0
"""A runner that has not reported for so long is taken for dead."""

MOST_ATTEMPTS = 3
SUBMIT_ATTEMPTS = 3
STAGE_CHARACTERS = 200
LIST_LIMIT = 100
LOST = (
    "The process that ran the job ended {attempts} times before the job was done. See the log of the server or worker."
)
"""The error of a job that runners died of."""

NO_RESULT: dict[str, Any] = {"owner": None, "lease_until": None, "active_key": None}


class JobQueue:
    """The jobs of one installation. Every call may raise NotReady if the database cannot be used."""

    def __init__(self, settings: Settings, *, lease_seconds: float = LEASE_SECONDS):
        self._store = Store(settings)
        self._most_queued, self._most_bytes = settings.max_queued_jobs, settings.cache_bytes
        self._lease = lease_seconds

    def submit(self, request: JobRequest) -> Job:
        """Queue a job, or return the queued or running one of an equal request. Raises QueueFull."""
        for _ in range(SUBMIT_ATTEMPTS):
            # Two equal requests at the same moment violate the unique key; the second finds the first one's job then.
            with suppress(Conflict):
                return self._store.write(lambda connection: add_job(connection, request, self._most_queued))
        raise Conflict(f"Equal jobs of kind {request.kind} are submitted too fast. Try again.")

    def claim(self, owner: str, job_id: str | None = None) -> Job | None:
        """Take the oldest queued job, or this one if it is queued; None if there is none. `owner` is unique."""
        oldest = sa.select(jobs.c.id).where(jobs.c.state == QUEUED)
        if job_id is not None:
            oldest = oldest.where(jobs.c.id == job_id)
        oldest = oldest.order_by(jobs.c.created, jobs.c.id).limit(1).with_for_update(skip_locked=True)
        now = seconds_now()
        change = (
            sa.update(jobs)
            .where(jobs.c.id == oldest.scalar_subquery(), jobs.c.state == QUEUED)
            .values(
                state=RUNNING,
                owner=owner,
                attempt=jobs.c.attempt + 1,
                started=now,
                heartbeat=now,
                lease_until=now + self._lease,
                share=0.0,
                stage="",
            )
            .returning(*COLUMNS)
        )
        return _first(self._changed(change))

    def heartbeat(self, job: Job, share: float, stage: str) -> bool:
        """Store the progress of a claimed job and renew its lease; False if the job is no longer this owner's."""
        now = seconds_now()
        values = {"share": share, "stage": stage[:STAGE_CHARACTERS], "heartbeat": now, "lease_until": now + self._lease}
        return bool(self._changed(_owned(job).values(values).returning(jobs.c.id)))

    def finish(self, job: Job, result: StoredResult) -> bool:
        """Store the result of a claimed job; False if the job is no longer this owner's."""
        values = {
            **NO_RESULT,
            "state": DONE,
            "ended": seconds_now(),
            "share": 1.0,
            "result": result.payload,
            "result_hash": result.hash,
            "result_bytes": result.bytes,
            "result_key": result.key,
        }
        return bool(self._changed(_owned(job).values(values).returning(jobs.c.id)))

    def fail(self, job: Job, error: str) -> bool:
        """Store why a claimed job failed; False if the job is no longer this owner's."""
        values = {**NO_RESULT, "state": FAILED, "ended": seconds_now(), "error": error}
        return bool(self._changed(_owned(job).values(values).returning(jobs.c.id)))

    def release(self, job: Job) -> bool:
        """Queue a claimed job again because its runner is stopped, which is no failed attempt."""
        values = {"state": QUEUED, "owner": None, "lease_until": None, "attempt": jobs.c.attempt - 1, "sent": None}
        return bool(self._changed(_owned(job).values(values).returning(jobs.c.id)))

    def cancel(self, job_id: str) -> Job:
        """Cancel a queued or running job; its runner stops it. Raises NotFound, Conflict if it has ended."""
        change = _cancelled(jobs.c.id == job_id)
        cancelled = _first(self._changed(change))
        if cancelled is None:
            raise Conflict(f"Job {job_id} has ended already: it is {self.get(job_id).state}.")
        return cancelled

    def withdraw(self, job_id: str) -> None:
        """Take one request for a job back; the job is cancelled when nothing else has requested it."""

        def change(connection: sa.Connection) -> None:
            this = sa.and_(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
            connection.execute(sa.update(jobs).where(this).values(requests=jobs.c.requests - 1))
            connection.execute(_cancelled(sa.and_(jobs.c.id == job_id, jobs.c.requests <= 0)))

        self._store.write(change)

    def expire(self) -> tuple[list[Job], list[Job]]:
        """End the leases that have run out: return the jobs queued again, and those failed after the last attempt."""
        late = sa.and_(jobs.c.state == RUNNING, jobs.c.lease_until < seconds_now())
        again = {"state": QUEUED, "owner": None, "lease_until": None, "sent": None}
        lost = {**NO_RESULT, "state": FAILED, "ended": seconds_now(), "error": LOST.format(attempts=MOST_ATTEMPTS)}

        def change(connection: sa.Connection) -> tuple[list[Job], list[Job]]:
            failed = sa.update(jobs).where(late, jobs.c.attempt >= MOST_ATTEMPTS).values(lost).returning(*COLUMNS)
            queued = sa.update(jobs).where(late).values(again).returning(*COLUMNS)
            given_up = [job_of(row) for row in connection.execute(failed).all()]
            return [job_of(row) for row in connection.execute(queued).all()], given_up

        return self._store.write(change)

    def overdue(self) -> bool:
        """Return whether a lease has run out."""
        late = sa.select(jobs.c.id).where(jobs.c.state == RUNNING, jobs.c.lease_until < seconds_now()).limit(1)
        return bool(self._store.read(late))

    def prune(self) -> int:
        """Remove ended jobs beyond the bounds of the history (see `job_history`); return how many."""
        surplus = surplus_of(self._store.read(ENDED_JOBS), self._most_bytes)
        if surplus:
            self._store.write(lambda connection: connection.execute(sa.delete(jobs).where(jobs.c.id.in_(surplus))))
        return len(surplus)

    def unsent(self, older_than: float) -> list[str]:
        """Return the ids of queued jobs that had no message in the last seconds, and mark them as sent."""
        silent = sa.or_(jobs.c.sent.is_(None), jobs.c.sent < seconds_now() - older_than)
        change = sa.update(jobs).where(jobs.c.state == QUEUED, silent).values(sent=seconds_now()).returning(jobs.c.id)
        return [row.id for row in self._changed(change)]

    def get(self, job_id: str) -> Job:
        """Return a job; raises NotFound."""
        job = _first(self._store.read(sa.select(*COLUMNS).where(jobs.c.id == job_id)))
        if job is None:
            raise _not_found(job_id)
        return job

    def find(self, key: str) -> Job | None:
        """Return the queued or running job of a request's key; None if there is none."""
        return _first(self._store.read(sa.select(*COLUMNS).where(jobs.c.active_key == key)))

    def list(self, *, states: Sequence[str] = (), kind: str | None = None, limit: int = LIST_LIMIT) -> list[Job]:
        """Return jobs, the newest first; of these states and this kind if given."""
        statement = sa.select(*COLUMNS).order_by(jobs.c.created.desc(), jobs.c.id).limit(limit)
        if states:
            statement = statement.where(jobs.c.state.in_(states))
        if kind is not None:
            statement = statement.where(jobs.c.kind == kind)
        return [job_of(row) for row in self._store.read(statement)]

    def waiting(self) -> int:
        """Return how many jobs are queued."""
        rows = self._store.read(_COUNT_QUEUED)
        return int(rows[0][0]) if rows else 0

    def result(self, job_id: str) -> bytes | None:
        """Return the result of a job as JSON; None if it has none. Raises NotFound, NotReady if it is damaged."""
        rows = self._store.read(_RESULT.where(jobs.c.id == job_id))
        if not rows:
            raise _not_found(job_id)
        return _result_in(rows[0])

    def result_of(self, key: str) -> bytes | None:
        """Return the newest result stored under a key; None if there is none. Raises NotReady if it is damaged."""
        rows = self._store.read(_RESULT.where(jobs.c.result_key == key).order_by(jobs.c.ended.desc()).limit(1))
        return _result_in(rows[0]) if rows else None

    def _changed(self, statement: sa.ReturnsRows) -> Sequence[sa.Row[Any]]:
        """Run one changing statement and return the rows that it names."""
        return self._store.write(lambda connection: connection.execute(statement).all())  # type: ignore[call-overload]


_RESULT = sa.select(jobs.c.id, jobs.c.result, jobs.c.result_hash)
_COUNT_QUEUED = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state == QUEUED)


def add_job(connection: sa.Connection, request: JobRequest, most_queued: int) -> Job:
    """Queue a job within a transaction; see `JobQueue.submit`."""
    same = sa.update(jobs).where(jobs.c.active_key == request.key).values(requests=jobs.c.requests + 1)
    present = _first(connection.execute(same.returning(*COLUMNS)).all())
    if present is not None:
        return present
    queued = connection.execute(_COUNT_QUEUED).scalar() or 0
    if queued >= most_queued:
        raise QueueFull(
            f"{queued} jobs are queued; DATAFLOW_MAX_QUEUED_JOBS allows {most_queued}. Try again later, or cancel some."
        )
    insert = sa.insert(jobs).values(
        id=secrets.token_hex(8),
        kind=request.kind,
        version=request.version,
        arguments=request.arguments_json,
        state=QUEUED,
        requested_by=request.requested_by,
        requests=1,
        attempt=0,
        share=0.0,
        stage="",
        created=seconds_now(),
        active_key=request.key,
    )
    return job_of(connection.execute(insert.returning(*COLUMNS)).one())


def _owned(job: Job) -> sa.Update:
    return sa.update(jobs).where(jobs.c.id == job.id, jobs.c.state == RUNNING, jobs.c.owner == job.owner)


def _cancelled(condition: sa.ColumnElement[bool]) -> sa.sql.dml.ReturningUpdate[Any]:
    values = {**NO_RESULT, "state": CANCELLED, "ended": seconds_now()}
    return sa.update(jobs).where(condition, jobs.c.state.in_(ACTIVE)).values(values).returning(*COLUMNS)


def _result_in(row: sa.Row[Any]) -> bytes | None:
    """Return the result in a row of _RESULT; raises NotReady if it is damaged."""
    return None if row.result_hash is None or row.result is None else verified(row.id, row.result, row.result_hash)


def _not_found(job_id: str) -> NotFound:
    return NotFound(f"Job {job_id!r} not found.")


def _first(rows: Sequence[sa.Row[Any]]) -> Job | None:
    return job_of(rows[0]) if rows else None
