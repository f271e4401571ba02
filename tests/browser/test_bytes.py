"""How many bytes a page costs over a network: a budget for the first visit, next to nothing for the second."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import pytest

from tests.browser.browsing import wait_until
from tests.browser.test_shell import PAGES, wait_for_page

FIRST_VISIT = 2_200_000
SECOND_VISIT = 150_000
QUIET_SECONDS = 0.5
ENDS = ("Network.loadingFinished", "Network.loadingFailed")


def messages(browser) -> list[dict]:
    """What the network log has since it was read last."""
    return [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]


def transferred(events: list[dict], url: str) -> dict[str, int]:
    """Bytes on the wire by path, headers included."""
    addresses, sizes = {}, {}
    for event in events:
        given = event["params"]
        if event["method"] == "Network.requestWillBeSent" and given["request"]["url"].startswith(url):
            addresses[given["requestId"]] = urlsplit(given["request"]["url"]).path
        elif event["method"] == "Network.loadingFinished":
            sizes[given["requestId"]] = given["encodedDataLength"]
    found: dict[str, int] = {}
    for request, size in sizes.items():
        if request in addresses:
            found[addresses[request]] = found.get(addresses[request], 0) + int(size)
    return found


def unanswered(events: list[dict], url: str) -> set[str]:
    """Requests to us that have no end yet."""
    sent = {
        event["params"]["requestId"]
        for event in events
        if event["method"] == "Network.requestWillBeSent" and event["params"]["request"]["url"].startswith(url)
    }
    return sent - {event["params"]["requestId"] for event in events if event["method"] in ENDS}


def visit(browser, url: str, path: str) -> dict[str, int]:
    """Open a page, wait until all is answered and nothing more is asked for, and count."""
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(url + path)
    wait_for_page(browser, path)
    events: list[dict] = []
    quiet_since = time.monotonic()

    def quiet(driver) -> bool:
        nonlocal quiet_since
        fresh = messages(driver)
        events.extend(fresh)
        if unanswered(events, url) or any(event["method"] in ENDS for event in fresh):
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since > QUIET_SECONDS

    wait_until(browser, quiet)
    return transferred(events, url)


@pytest.mark.parametrize("path", PAGES)
def test_the_first_visit_stays_within_its_budget_and_the_second_asks_for_little(chromium, url, path):
    chromium.execute_cdp_cmd("Network.clearBrowserCache", {})
    first = visit(chromium, url, path)
    assert sum(first.values()) <= FIRST_VISIT, first
    second = visit(chromium, url, path)
    assert sum(second.values()) <= SECOND_VISIT, second
    files = {name: size for name, size in second.items() if name.endswith((".js", ".css", ".woff2", ".svg"))}
    assert sum(files.values()) < 5_000, files
