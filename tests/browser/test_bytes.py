"""How many bytes a page costs over a network: a budget for the first visit, next to nothing for the second."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.browser.test_shell import PAGES, wait_for_page

FIRST_VISIT = 2_200_000
SECOND_VISIT = 150_000


def transferred(browser, url: str) -> dict[str, int]:
    """Bytes on the wire by path since the log was read last, headers included."""
    addresses, sizes = {}, {}
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
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


def visit(browser, url: str, path: str) -> dict[str, int]:
    """Open a page, wait until nothing more is asked for, and count."""
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(url + path)
    wait_for_page(browser, path)
    browser.execute_async_script(
        "const done = arguments[0]; let last = -1, quiet = 0;"
        "const look = setInterval(() => { const count = performance.getEntriesByType('resource').length;"
        " quiet = count === last ? quiet + 1 : 0; last = count;"
        " if (quiet === 3) { clearInterval(look); done(); } }, 500)"
    )
    return transferred(browser, url)


@pytest.mark.parametrize("path", PAGES)
def test_the_first_visit_stays_within_its_budget_and_the_second_asks_for_little(chromium, url, path):
    chromium.execute_cdp_cmd("Network.clearBrowserCache", {})
    first = visit(chromium, url, path)
    assert sum(first.values()) <= FIRST_VISIT, first
    second = visit(chromium, url, path)
    assert sum(second.values()) <= SECOND_VISIT, second
    files = {name: size for name, size in second.items() if name.endswith((".js", ".css", ".woff2", ".svg"))}
    assert sum(files.values()) < 5_000, files
