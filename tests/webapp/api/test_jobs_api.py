"""Jobs and schedules through the API: what is queued, shown and cancelled, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from forecasting.jobs import JobQueue
from forecasting.jobs.job_results import stored_form
from forecasting.settings import Settings
from webapp import create_app
from webapp.jobs.local_runner import dispatcher_lock

TRAINING = {"kind": "training", "arguments": {"dataset": "sample", "timeframes": ["15m"]}}
COMPARISON = {"kind": "comparison", "arguments": {"dataset": "sample", "timeframe": "15m", "quick": True}}
NIGHTLY = {**TRAINING, "cron": "0 3 * * *", "time_zone": "Europe/Paris"}


@pytest.fixture
def api(settings: Settings) -> Iterator[FlaskClient]:
    """A client of an application whose jobs only wait: a dispatcher seems to run."""
    with dispatcher_lock(settings).acquire(blocking=False):
        yield create_app(settings).server.test_client()


def test_a_job_from_its_request_to_its_result(api, settings):
    queued = api.post("/jobs", json=TRAINING)
    assert queued.status_code == 202
    job = queued.json["job"]
    assert (job["kind"], job["state"], job["arguments"]) == ("training", "queued", TRAINING["arguments"])
    where = queued.headers["Location"]
    assert where == f"/jobs/{job['id']}"
    assert api.post("/jobs", json=TRAINING).json["job"]["id"] == job["id"]
    queue = JobQueue(settings)
    claimed = queue.claim("runner")
    queue.heartbeat(claimed, 0.5, "auto 15m: fitting")
    shown = api.get(where).json
    assert (shown["job"]["share"], shown["job"]["stage"], shown["result"]) == (0.5, "auto 15m: fitting", None)
    queue.finish(claimed, stored_form(b'{"model_set": "sample"}'))
    shown = api.get(where).json
    assert (shown["job"]["state"], shown["result"]) == ("done", {"model_set": "sample"})
    assert api.delete(where).status_code == 409


def test_jobs_are_listed_and_cancelled(api):
    first, second = (api.post("/jobs", json=body).json["job"]["id"] for body in (TRAINING, COMPARISON))
    assert [job["id"] for job in api.get("/jobs").json["jobs"]] == [second, first]
    assert [job["id"] for job in api.get("/jobs?kind=training&limit=5").json["jobs"]] == [first]
    cancelled = api.delete(f"/jobs/{first}")
    assert (cancelled.status_code, cancelled.json["job"]["state"]) == (200, "cancelled")
    assert [job["id"] for job in api.get("/jobs?state=queued").json["jobs"]] == [second]
    assert [job["id"] for job in api.get("/jobs?state=queued&state=cancelled").json["jobs"]] == [second, first]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "leaderboard", "arguments": {}}, 400, "kind"),
        ({"kind": "training"}, 400, "arguments"),
        ({"kind": "training", "arguments": {}}, 400, "arguments.dataset"),
        ({"kind": "training", "arguments": {"dataset": "sample", "rate": 1}}, 400, "arguments.rate"),
        ({"kind": "training", "arguments": {"dataset": "sample", "models": ["oracle"]}}, 400, "model"),
        ({"kind": "training", "arguments": {"dataset": "sample", "timeframes": ["7m"]}}, 400, None),
        ({"kind": "training", "arguments": {"dataset": "sample", "until": "soon"}}, 400, "until"),
        ({"kind": "training", "arguments": {"dataset": "absent"}}, 404, None),
        ({"kind": "comparison", "arguments": {"dataset": "sample", "slo": {"max_unmet_share": 7}}}, 400, None),
        ({"kind": "comparison", "arguments": {"dataset": "sample", "start": "soon"}}, 400, "start"),
    ],
    ids=lambda value: str(value) if not isinstance(value, dict) else "",
)
def test_a_request_that_cannot_be_done_is_refused_at_once(api, body, status, field):
    response = api.post("/jobs", json=body)
    assert response.status_code == status, response.text
    if field:
        assert field in [error["field"] for error in response.json["errors"]]
    assert api.get("/jobs").json["jobs"] == []


@pytest.mark.parametrize("path", ["/jobs?state=lost", "/jobs?limit=0", "/jobs?surplus=1"])
def test_a_wrong_query_is_refused(api, path):
    assert api.get(path).status_code == 400


def test_an_absent_job_is_404(api):
    for call in (api.get, api.delete):
        response = call("/jobs/absent")
        assert (response.status_code, response.json["message"]) == (404, "Job 'absent' not found.")


def test_a_full_queue_is_429_and_says_when_to_try_again(settings):
    full = replace(settings, max_queued_jobs=1)
    with dispatcher_lock(full).acquire(blocking=False):
        client = create_app(full).server.test_client()
        assert client.post("/jobs", json=TRAINING).status_code == 202
        response = client.post("/jobs", json=COMPARISON)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "10")
    assert "DATAFLOW_MAX_QUEUED_JOBS" in response.json["message"]


def test_a_read_only_install_compares_but_neither_trains_nor_schedules(settings):
    with dispatcher_lock(settings).acquire(blocking=False):
        client = create_app(replace(settings, read_only=True)).server.test_client()
        assert client.post("/jobs", json=TRAINING).status_code == 403
        assert client.put("/schedules/nightly", json=NIGHTLY).status_code == 403
        assert client.post("/jobs", json=COMPARISON).status_code == 202


def test_a_schedule_is_stored_listed_and_removed(api):
    stored = api.put("/schedules/nightly", json=NIGHTLY)
    assert stored.status_code == 200, stored.text
    assert stored.json["schedule"]["cron"] == "0 3 * * *"
    assert [one["name"] for one in api.get("/schedules").json["schedules"]] == ["nightly"]
    assert api.delete("/schedules/nightly").status_code == 200
    assert api.delete("/schedules/nightly").status_code == 404
    assert api.get("/schedules").json["schedules"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"cron": "0 3 * *"}, 400, "cron"),
        ({"time_zone": "Mars/Base"}, 400, None),
        ({"arguments": {"dataset": "absent"}}, 404, None),
    ],
    ids=["cron", "zone", "data set"],
)
def test_a_schedule_that_could_not_run_is_refused(api, change, status, field):
    response = api.put("/schedules/nightly", json={**NIGHTLY, **change})
    assert response.status_code == status, response.text
    assert field is None or response.json["errors"][0]["field"] == field
    assert api.put("/schedules/No%20name", json=NIGHTLY).status_code == 400
