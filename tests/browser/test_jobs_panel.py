"""The jobs of the server in the shell: nothing until there are some, then how far they are, and a cancel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from forecasting.jobs import CANCELLED, JobQueue, JobRequest
from forecasting.settings import Settings
from tests.browser.browsing import assert_clean, press, serious_issues, wait_for, wait_for_text, wait_until
from tests.webapp.serving import running_server
from webapp.jobs.local_runner import dispatcher_lock


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """A server whose jobs only this test does: a dispatcher seems to run."""
    home: Path = tmp_path_factory.mktemp("panel") / "home"
    settings = Settings(home=home)
    with dispatcher_lock(settings).acquire(blocking=False), running_server(home) as address:
        yield address, settings


def test_jobs_are_seen_on_every_page_and_cancelled_there(chromium, served):
    url, settings = served
    queue = JobQueue(settings, lease_seconds=600)
    chromium.get(f"{url}/data")
    wait_for(chromium, ".page-body")
    assert not chromium.find_element(By.ID, "jobs-button").is_displayed()
    first = queue.submit(JobRequest("training", {"dataset": "shop"}))
    claimed = queue.claim("this test")
    queue.heartbeat(claimed, 0.5, "auto 5m: fitting")
    waiting = queue.submit(JobRequest("comparison", {"dataset": "other"}))
    chromium.get(f"{url}/api")
    wait_until(chromium, lambda d: d.find_element(By.ID, "jobs-button").is_displayed())
    press(chromium, "#jobs-button")
    wait_for_text(chromium, "#jobs-panel", "auto 5m: fitting")
    wait_for_text(chromium, "#jobs-panel", "Queued")
    assert serious_issues(chromium) == []
    press(chromium, f'[data-job="{waiting.id}"]')
    wait_until(chromium, lambda d: not d.find_elements(By.CSS_SELECTOR, f'[data-job="{waiting.id}"]'))
    assert queue.get(waiting.id).state == CANCELLED
    queue.fail(queue.get(first.id), "shop has too little data.")
    wait_for_text(chromium, "#jobs-panel .jobs-error", "shop has too little data.")
    press(chromium, "#jobs-button")
    wait_until(chromium, lambda d: not d.find_element(By.ID, "jobs-button").is_displayed())
    assert_clean(chromium, url)
