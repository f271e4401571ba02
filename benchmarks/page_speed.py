"""Page speed: bytes and time to the first chart in Chromium, and the server time of each callback.

NASA-HTTP at 1m (89,280 points) in its own home, one worker. Each page is loaded by a browser with an empty profile;
then every callback of the page is repeated five times without a browser: the median is that of a second visit, with
warm caches. The times of the first visit are those of the browser. Bytes are compressed, as sent.

    python -m benchmarks.page_speed [PAGE ...]
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import requests
from selenium.webdriver import Chrome

from benchmarks.browsing import chromium, size, wait_for_charts
from benchmarks.scaling_policies import BESIDE, NASA
from benchmarks.serving import server
from forecasting.catalog import Catalog
from forecasting.readers import import_files
from forecasting.settings import Settings

PAGES = ("/", "/forecasts", "/scaling", "/cost", "/data", "/api", "/model-cards")
CALLBACKS = "/_dash-update-component"
QUERY = "?dataset=nasa-http&timeframe=1m"
REPEATS = 5
WAIT_SECONDS = 60
SETTLED_SECONDS = 4.0
CHARTED = ("/", "/forecasts", "/scaling", "/cost")


def main() -> None:
    """Print one table per page."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        Catalog(Settings(home=home)).add(import_files([BESIDE / NASA], name="nasa-http")[0])
        with server(1, home) as (port, _):
            for page in sys.argv[1:] or PAGES:
                measure(f"http://127.0.0.1:{port}", page)


def measure(url: str, page: str) -> None:
    """Load one page and repeat its callbacks."""
    with chromium() as browser:
        size(browser, 1366, 900)
        browser.get(url + page + QUERY)
        first = wait_for_charts(browser, WAIT_SECONDS if page in CHARTED else 0, settled=SETTLED_SECONDS)
        calls, received = traffic(browser, url)
    drawn = "no chart" if first is None else f"first chart after {first:.2f} s"
    print(f"\n{page}: first load {received / 1e6:.2f} MB compressed, {drawn}")
    print(f"  {'callback':64}{'first ms':>10}{'again ms':>10}{'kB':>8}")
    for call in calls:
        again, length = repeated(url, call.body)
        print(f"  {label(call.body):64}{call.milliseconds:10.0f}{again:10.0f}{length / 1000:8.1f}", flush=True)


@dataclass
class Call:
    """A callback as measured by the browser."""

    body: str
    began: float
    milliseconds: float = math.nan


def traffic(browser: Chrome, url: str) -> tuple[list[Call], int]:
    """Return the callbacks of a page, and all bytes that it received from the server.

    Jobs are polled repeatedly; the first of these calls represents all.
    """
    calls: dict[str, Call] = {}
    requests_to_server: set[str] = set()
    received = 0
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        parameters = event["params"]
        if event["method"] == "Network.requestWillBeSent" and parameters["request"]["url"].startswith(url):
            requests_to_server.add(parameters["requestId"])
            if parameters["request"]["url"].endswith(CALLBACKS):
                calls[parameters["requestId"]] = Call(
                    parameters["request"].get("postData", "{}"), parameters["timestamp"]
                )
        elif event["method"] == "Network.loadingFinished" and parameters["requestId"] in requests_to_server:
            received += parameters["encodedDataLength"]
            if parameters["requestId"] in calls:
                call = calls[parameters["requestId"]]
                call.milliseconds = 1000 * (parameters["timestamp"] - call.began)
    return list(calls.values()), received


def repeated(url: str, body: str) -> tuple[float, int]:
    """Return the median milliseconds of a repeated callback, and the bytes of its response."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
    times = []
    with requests.Session() as session:
        for _ in range(REPEATS):
            began = time.perf_counter()
            with session.post(url + CALLBACKS, body, headers=headers, stream=True, timeout=WAIT_SECONDS) as response:
                length = len(response.raw.read(decode_content=False))
            times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times), length


def label(body: str) -> str:
    """Return the outputs of a callback."""
    return str(json.loads(body).get("output"))[:62]


if __name__ == "__main__":
    main()
