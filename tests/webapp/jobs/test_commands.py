"""`dataflow jobs` and `schedules` as a terminal calls them; what needs Redis says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecasting.catalog import Catalog
from forecasting.jobs import DONE, QUEUED, JobQueue
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from webapp.app.cli import main

RULES = json.dumps({"dataset": "test", "models": ["smoothing"], "timeframes": ["15m"]})


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the commands read too."""
    monkeypatch.setenv("DATAFLOW_HOME", str(settings.home))
    return settings


def shown(capfd: pytest.CaptureFixture[str], *words: str) -> dict:
    """What a command prints as JSON, after it succeeded."""
    capfd.readouterr()
    assert main([*words, "--json", "--quiet"]) == 0, capfd.readouterr().err
    return json.loads(capfd.readouterr().out)


def test_a_job_is_run_to_its_end_without_a_server(home, capfd):
    Catalog(home).add(daily_traffic(12))
    done = shown(capfd, "jobs", "run", "training", RULES)
    assert (done["state"], done["requested_by"]) == (DONE, "command line")
    assert shown(capfd, "jobs", "show", done["id"])["result"]["model_set"] == "test"
    assert [job["id"] for job in shown(capfd, "jobs", "list", "--state", "done")] == [done["id"]]
    assert "test" in [row["model_set"] for row in shown(capfd, "models")]


def test_a_job_that_only_waits_is_cancelled_once(home, capfd):
    queued = shown(capfd, "jobs", "run", "comparison", '{"dataset": "sample", "timeframe": "15m"}', "--no-wait")
    assert JobQueue(home).get(queued["id"]).state == QUEUED
    assert shown(capfd, "jobs", "cancel", queued["id"])["state"] == "cancelled"
    assert main(["jobs", "cancel", queued["id"]]) == 1
    assert "has ended already: it is cancelled" in capfd.readouterr().err


def test_a_schedule_is_stored_listed_and_removed(home, capfd):
    arguments = ("nightly", "training", '{"dataset": "sample"}')
    stored = shown(capfd, "schedules", "set", *arguments, "--cron", "0 3 * * *", "--time-zone", "Europe/Paris")
    assert stored["next_run"].endswith("00:00Z")
    assert [one["name"] for one in shown(capfd, "schedules", "list")] == ["nightly"]
    assert shown(capfd, "schedules", "remove", "nightly") == {"removed": "nightly"}
    assert main(["schedules", "remove", "nightly"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("worker",), 2, "REDIS_URL must be set"),
        (("scheduler",), 2, "REDIS_URL must be set"),
        (("jobs", "run", "training", "{"), 2, "must be a JSON object"),
        (("jobs", "run", "training", "{}"), 2, "arguments.dataset"),
        (("jobs", "run", "training", '{"dataset": "absent"}'), 1, "absent"),
        (("jobs", "show", "absent"), 1, "Job 'absent' not found."),
        (
            ("schedules", "set", "a", "training", '{"dataset": "sample"}', "--cron", "x"),
            2,
            "cron must have five fields",
        ),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_line(home: Settings, capfd, monkeypatch, words, code, message):
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert main(list(words)) == code
    error = capfd.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert not Path(home.cache_path / "job-dispatcher.lock").exists()
