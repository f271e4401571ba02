"""The queue: what is claimed once, what ends with whom, and what a runner's death does to its job."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import pytest

from forecasting.errors import Conflict, NotFound, NotReady, QueueFull, WorkFailed
from forecasting.jobs import CANCELLED, DONE, FAILED, QUEUED, RUNNING, JobQueue, JobRequest, job_history
from forecasting.jobs.job_queue import MOST_ATTEMPTS
from forecasting.jobs.job_results import stored_form, verified
from forecasting.settings import Settings

REQUEST = JobRequest("train", {"dataset": "shop", "models": ["auto"]}, "v1", "a test")


def other(number: int) -> JobRequest:
    """A request that equals no other number's."""
    return JobRequest("train", {"dataset": f"shop-{number}"})


def test_a_job_goes_from_the_queue_through_a_runner_to_its_result(queue):
    job = queue.submit(REQUEST)
    assert (job.state, job.attempt, job.arguments, job.requested_by) == (QUEUED, 0, REQUEST.arguments, "a test")
    claimed = queue.claim("runner")
    assert (claimed.id, claimed.state, claimed.owner, claimed.attempt) == (job.id, RUNNING, "runner", 1)
    assert claimed.lease_until > claimed.heartbeat >= job.created
    assert queue.claim("another") is None
    assert queue.heartbeat(claimed, 0.25, "fitting")
    assert (queue.get(job.id).share, queue.get(job.id).stage) == (0.25, "fitting")
    assert queue.finish(claimed, stored_form(b'{"rmse": 7}', "key"))
    done = queue.get(job.id)
    assert (done.state, done.share, done.result_bytes, done.owner) == (DONE, 1.0, 11, None)
    assert queue.result(job.id) == queue.result_of("key") == b'{"rmse": 7}'
    assert done.to_dict()["ended"].endswith("Z")
    assert not queue.heartbeat(claimed, 0.5, "too late")


def test_equal_requests_are_one_job_while_it_is_active(queue):
    first = queue.submit(REQUEST)
    assert queue.submit(replace(REQUEST, requested_by="another")).id == first.id
    queue.fail(queue.claim("runner"), "no data")
    again = queue.submit(REQUEST)
    assert again.id != first.id
    assert queue.get(first.id).error == "no data"
    assert queue.find(REQUEST.key).id == again.id


def test_equal_requests_at_the_same_moment_are_one_job(queue):
    queue.list()
    ids = together(lambda _number: queue.submit(REQUEST).id)
    assert len(set(ids)) == 1
    assert queue.get(ids[0]).requests == len(ids)


def test_each_job_is_claimed_once_however_many_runners_look(queue):
    submitted = [queue.submit(other(number)).id for number in range(12)]

    def claims(number: int) -> list[str]:
        return [job.id for turn in range(12) if (job := queue.claim(f"{number}.{turn}"))]

    claimed = Counter(job_id for ids in together(claims) for job_id in ids)
    assert claimed == Counter(submitted)


def together(work) -> list:
    """The results of four threads that begin at the same moment."""
    barrier, results = threading.Barrier(4), []

    def run(number: int) -> None:
        barrier.wait()
        results.append(work(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    return results


def test_the_oldest_is_claimed_first_unless_one_is_named(queue):
    ids = [queue.submit(other(number)).id for number in range(3)]
    assert queue.claim("a", ids[2]).id == ids[2]
    assert queue.claim("b", ids[2]) is None
    assert queue.claim("c").id == ids[0]


def test_a_full_queue_refuses_more_and_counts_only_what_waits(settings):
    queue = JobQueue(replace(settings, max_queued_jobs=1))
    first = queue.submit(other(1))
    with pytest.raises(QueueFull, match="1 jobs are queued; DATAFLOW_MAX_QUEUED_JOBS allows 1") as caught:
        queue.submit(other(2))
    assert caught.value.status == 429
    assert queue.submit(other(1)).id == first.id
    queue.claim("runner")
    queue.submit(other(2))


def test_a_cancelled_job_is_nobodys(queue):
    waiting, running = queue.submit(other(1)), queue.submit(other(2))
    claimed = queue.claim("runner", running.id)
    for job in (waiting, running):
        assert queue.cancel(job.id).state == CANCELLED
    assert queue.claim("another") is None
    assert not queue.heartbeat(claimed, 0.5, "")
    assert not queue.finish(claimed, stored_form(b"1"))
    assert not queue.fail(claimed, "late")
    assert queue.get(running.id).state == CANCELLED
    with pytest.raises(Conflict, match="has ended already: it is cancelled"):
        queue.cancel(waiting.id)
    with pytest.raises(NotFound, match="Job 'absent' not found"):
        queue.cancel("absent")


def test_a_request_taken_back_ends_the_job_unless_another_wants_it(queue):
    job = queue.submit(REQUEST)
    queue.submit(REQUEST)
    queue.withdraw(job.id)
    assert queue.get(job.id).state == QUEUED
    queue.withdraw(job.id)
    assert queue.get(job.id).state == CANCELLED


def test_a_lease_that_ran_out_gives_the_job_to_another_runner_until_it_fails_with_the_reason(settings):
    queue = JobQueue(settings, lease_seconds=-1)
    job = queue.submit(REQUEST)
    for attempt in range(1, MOST_ATTEMPTS):
        assert not queue.overdue()
        dead = queue.claim(f"runner {attempt}")
        assert queue.overdue()
        again, lost = queue.expire()
        assert ([one.id for one in again], lost) == ([job.id], [])
        assert not queue.finish(dead, stored_form(b"1"))
    queue.claim("the last runner")
    again, lost = queue.expire()
    assert (again, [one.id for one in lost]) == ([], [job.id])
    failed = queue.get(job.id)
    assert (failed.state, failed.attempt) == (FAILED, MOST_ATTEMPTS)
    assert "ended 3 times before the job was done" in failed.error
    assert queue.submit(REQUEST).id != job.id


def test_a_live_lease_is_left_alone_and_a_released_job_has_not_failed(queue):
    queue.submit(REQUEST)
    claimed = queue.claim("runner")
    assert queue.expire() == ([], [])
    assert queue.release(claimed)
    released = queue.get(claimed.id)
    assert (released.state, released.attempt, released.owner) == (QUEUED, 0, None)


def test_messages_are_sent_again_only_for_jobs_that_wait(queue):
    waiting, running = queue.submit(other(1)), queue.submit(other(2))
    queue.claim("runner", running.id)
    assert queue.unsent(60) == [waiting.id]
    assert queue.unsent(60) == []
    assert queue.unsent(-1) == [waiting.id]


def test_the_list_has_the_newest_first_by_state_and_kind(queue):
    first, second = queue.submit(other(1)), queue.submit(JobRequest("compare"))
    queue.claim("runner", first.id)
    assert [job.id for job in queue.list()] == [second.id, first.id]
    assert [job.id for job in queue.list(states=[RUNNING])] == [first.id]
    assert [job.id for job in queue.list(kind="compare", limit=1)] == [second.id]
    assert queue.waiting() == 1


def test_the_history_is_bounded_in_number_and_bytes_but_not_what_is_active(settings, monkeypatch):
    monkeypatch.setattr(job_history, "MOST_ENDED", 3)
    queue = JobQueue(settings)
    active = queue.submit(other(99))
    ended = []
    for number in range(4):
        job = queue.submit(other(number))
        queue.finish(queue.claim("runner", job.id), stored_form(b"1" * 100))
        ended.append(job.id)
    assert queue.prune() == 1
    assert {job.id for job in queue.list()} == {active.id, *ended[1:]}
    small = JobQueue(settings)
    small._most_bytes = 1
    assert small.prune() == 2
    assert {job.id for job in queue.list()} == {active.id, ended[-1]}
    assert queue.prune() == 0


def test_a_result_that_is_too_large_or_damaged_is_refused(monkeypatch):
    monkeypatch.setattr("forecasting.jobs.job_results.MOST_STORED_BYTES", 5)
    with pytest.raises(WorkFailed, match="a job stores at most 5"):
        stored_form(b"1234567890")
    with pytest.raises(NotReady, match="result of job a is damaged"):
        verified("a", b"not compressed", "0")


def test_a_new_home_has_no_jobs(tmp_path):
    queue = JobQueue(Settings(home=tmp_path / "absent"))
    assert (queue.list(), queue.waiting(), queue.overdue(), queue.result_of("key")) == ([], 0, False, None)
    assert not (tmp_path / "absent").exists()
