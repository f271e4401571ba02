"""What a page is told when it asks for a job: the kept answer, a request to start it, or what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from dash import Output
from filelock import AcquireReturnProxy

from forecasting.jobs import CANCELLED, QUEUED, JobQueue
from forecasting.jobs.job_results import stored_form
from forecasting.settings import Settings
from tests.webapp.rendering import CALLBACKS
from webapp import create_app
from webapp.app.result_cache import ResultCache
from webapp.jobs.local_runner import dispatcher_lock
from webapp.jobs.panel import REMOVED, RESULT_LOST, STEPS, WAITING, PageJob

JOB = PageJob("trial", "steps", "Counting")
VERSION, ARGUMENTS = "v1", {"count": 3, "boot": 120.0}
ASKED = {"version": VERSION, "arguments": ARGUMENTS}
OUTPUT = "..job-trial-request.data...trial-out.children.."

Ask = Callable[..., tuple[object, object]]


@pytest.fixture
def ask(settings: Settings) -> Ask:
    """Draw a page that asks for the job, as a browser has it drawn: its text and what its request store is given.

    `None` stands for a store that stays as it is.
    """
    app = create_app(settings)

    @app.callback(JOB.request, Output("trial-out", "children"), *JOB.inputs, JOB.state)
    def draw(_done, _start, _state):
        asked = JOB.ask(VERSION, ARGUMENTS)
        return asked.request, asked.problem or asked.result or "waiting"

    client = app.server.test_client()

    def post(changed: str = "", done: object = None, running: object = None) -> tuple[object, object]:
        values = [("job-trial-done", "data", done), ("job-trial-start", "n_clicks", 1)]
        places = [("job-trial-request", "data"), ("trial-out", "children")]
        body = {
            "output": OUTPUT,
            "outputs": [{"id": name, "property": prop} for name, prop in places],
            "inputs": [{"id": name, "property": prop, "value": value} for name, prop, value in values],
            "state": [{"id": "job-trial-request", "property": "data", "value": running}],
            "changedPropIds": [changed] if changed else [],
        }
        answer = client.post(CALLBACKS, json=body)
        assert answer.status_code == 200, answer.text
        response = answer.json["response"]
        store = response.get("job-trial-request", {"data": None})
        return response["trial-out"]["children"], store["data"]

    return post


def no_dispatcher(settings: Settings) -> AcquireReturnProxy:
    """While it is held, a dispatcher seems to run, and none is started."""
    return dispatcher_lock(settings).acquire(blocking=False)


def keep(settings: Settings, answer: object) -> None:
    answers = ResultCache(settings)
    answers.put(answers.key(JOB.task, VERSION, ARGUMENTS), answer)


def test_what_is_not_kept_is_asked_for_each_time_anew(ask):
    text, first = ask()
    _, second = ask()
    assert text == "waiting"
    assert {name: first[name] for name in ASKED} == ASKED
    assert first["nonce"] != second["nonce"]


def test_what_is_kept_is_the_answer_and_nothing_is_asked_for(ask, settings):
    keep(settings, "kept")
    assert ask() == ("kept", None)
    assert ask("job-trial-done.data", done={"request": ASKED, "problem": "old news"}) == ("kept", None)


def test_what_failed_is_told_and_not_started_again(ask):
    done = {"request": ASKED, "problem": "count is 3; write more."}
    assert ask("job-trial-done.data", done=done) == ("count is 3; write more.", None)


def test_a_failure_of_other_settings_is_not_told(ask):
    done = {"request": {**ASKED, "arguments": {"count": 4}}, "problem": "count is 4"}
    text, request = ask("job-trial-done.data", done=done)
    assert text == "waiting"
    assert request["arguments"] == ARGUMENTS


def test_start_asks_again_after_a_failure(ask):
    done = {"request": ASKED, "problem": "count is 3; write more."}
    text, request = ask("job-trial-start.n_clicks", done=done, running={**ASKED, "nonce": "old"})
    assert text == "waiting"
    assert request["nonce"] != "old"


def test_what_was_done_but_is_lost_is_told_and_does_not_go_round_in_circles(ask):
    assert ask("job-trial-done.data", done={"request": ASKED, "problem": None}) == (RESULT_LOST, None)


def test_what_is_being_done_is_not_started_over(ask):
    assert ask(running={**ASKED, "nonce": "now"}) == ("waiting", None)
    _, request = ask(running={**ASKED, "arguments": {"count": 4}, "nonce": "now"})
    assert request["arguments"] == ARGUMENTS


class TestFollowing:
    """What the callbacks of a panel do with the rows."""

    @pytest.fixture
    def queue(self, settings: Settings) -> Iterator[JobQueue]:
        with create_app(settings).server.test_request_context(), no_dispatcher(settings):
            yield JobQueue(settings)

    @pytest.mark.parametrize("request_", [None, {}, [], "text", {"version": "v1"}, {"arguments": {}}], ids=repr)
    def test_an_empty_request_is_no_job(self, queue, request_):
        assert JOB.submit(request_, None) == {}
        assert JOB.look({})["hidden"] is True
        assert queue.list() == []

    def test_a_page_shows_how_far_its_job_is_and_then_how_it_ended(self, queue):
        submitted = JOB.submit({**ASKED, "nonce": "n"}, None)
        assert JOB.look(submitted)["text"] == WAITING
        job = queue.claim("runner")
        assert (job.kind, job.version, job.arguments) == (JOB.task, VERSION, {"count": 3, "boot": 120})
        assert JOB.look(submitted)["text"] == "Counting …"
        queue.heartbeat(job, 0.25, "Step 1")
        shown = JOB.look(submitted)
        assert (shown["bar"], shown["text"], shown["hidden"], shown["still"]) == ("250", "Step 1", False, False)
        queue.finish(job, stored_form(b"7", "key"))
        shown = JOB.look(submitted)
        assert (shown["hidden"], shown["still"]) == (True, True)
        assert shown["answered"] == {"request": ASKED, "nonce": "n", "problem": None}

    def test_a_failure_is_the_answer(self, queue):
        submitted = JOB.submit({**ASKED, "nonce": "n"}, None)
        queue.fail(queue.claim("runner"), "count is 3; write more.")
        assert JOB.look(submitted)["answered"] == {"request": ASKED, "nonce": "n", "problem": "count is 3; write more."}

    def test_two_pages_that_request_the_same_follow_one_job_and_either_may_cancel_it(self, queue):
        first, second = (JOB.submit({**ASKED, "nonce": nonce}, None) for nonce in "ab")
        assert first["id"] == second["id"]
        assert JOB.look(first, cancel=True)["answered"]["cancelled"] is True
        assert JOB.look(second)["answered"]["cancelled"] is True
        assert JOB.look(second, cancel=True)["hidden"] is True

    def test_another_request_of_a_page_ends_its_job_unless_others_follow_it(self, queue):
        other = {"version": VERSION, "arguments": {"count": 4}}
        first = JOB.submit(ASKED, None)
        JOB.submit(ASKED, None)  # another page
        JOB.submit(other, first)
        assert queue.get(first["id"]).state == QUEUED
        JOB.submit(other, first)
        assert queue.get(first["id"]).state == CANCELLED

    def test_a_job_that_changes_what_is_stored_goes_on(self, queue):
        lasting = replace(JOB, lasting=True)
        first = lasting.submit(ASKED, None)
        lasting.submit({"version": VERSION, "arguments": {"count": 4}}, first)
        assert queue.get(first["id"]).state == QUEUED

    def test_a_full_queue_is_the_problem(self, settings):
        full = replace(settings, max_queued_jobs=1)
        with create_app(full).server.test_request_context(), no_dispatcher(full):
            JOB.submit(ASKED, None)
            refused = JOB.submit({"version": VERSION, "arguments": {"count": 4}, "nonce": "n"}, None)
            assert "DATAFLOW_MAX_QUEUED_JOBS" in JOB.look(refused)["answered"]["problem"]

    def test_a_job_that_is_not_there_is_the_problem(self, queue):
        assert JOB.look({"id": "absent", "request": ASKED})["answered"]["problem"] == REMOVED


def test_the_panel_has_a_bar_with_a_name_and_stays_hidden_until_something_runs():
    parts = [
        component.to_plotly_json() for component in JOB.stores()._traverse() if hasattr(component, "to_plotly_json")
    ]
    (bar,) = [part["props"] for part in parts if part["type"] == "Progress"]
    assert (bar["max"], bar["value"], bar["aria-label"]) == (str(STEPS), "0", "Counting")
    (running,) = [part["props"] for part in parts if part["props"].get("id") == "job-trial-running"]
    assert running["hidden"] is True
    assert {part["props"]["id"] for part in parts if part["type"] == "Store"} >= {"job-trial-request", "job-trial-done"}
