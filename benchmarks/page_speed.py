"""What a page costs a person: bytes and time to the first chart in Chromium, and each callback's time at the server.

NASA-HTTP at 1m (89,280 points) in a home of its own, one worker. Each page is loaded by a browser that was never here;
then every call that the page made for its content is made again five times without a browser: the median is a second
look, when what was computed is kept. The first look's times are the browser's own. Bytes are compressed, as sent.

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
    """Print a table a page."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        Catalog(Settings(home=home)).add(import_files([BESIDE / NASA], name="nasa-http")[0])
        with server(1, home) as (port, _):
            for page in sys.argv[1:] or PAGES:
                measure(f"http://127.0.0.1:{port}", page)


def measure(url: str, page: str) -> None:
    """Load one page and repeat its calls."""
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
    """A call for content as the browser saw it."""

    body: str
    began: float
    milliseconds: float = math.nan


def traffic(browser: Chrome, url: str) -> tuple[list[Call], int]:
    """The calls for content that a page made, and all bytes that it received from the server.

    Jobs are asked about again and again: of these calls the first stands for all.
    """
    calls, ours, received = {}, set(), 0
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        given = event["params"]
        if event["method"] == "Network.requestWillBeSent" and given["request"]["url"].startswith(url):
            ours.add(given["requestId"])
            if given["request"]["url"].endswith(CALLBACKS):
                calls[given["requestId"]] = Call(given["request"].get("postData", "{}"), given["timestamp"])
        elif event["method"] == "Network.loadingFinished" and given["requestId"] in ours:
            received += given["encodedDataLength"]
            if given["requestId"] in calls:
                call = calls[given["requestId"]]
                call.milliseconds = 1000 * (given["timestamp"] - call.began)
    return list(calls.values()), received


def repeated(url: str, body: str) -> tuple[float, int]:
    """Median milliseconds of a call made again, and the bytes of its answer."""
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
    """Which outputs a call was for."""
    return str(json.loads(body).get("output"))[:62]


if __name__ == "__main__":
    main()
