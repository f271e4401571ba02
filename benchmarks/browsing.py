"""A headless Chromium for benchmarks and for the screenshots of the documentation."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DRAWN = """
const marks = ".trace, .heatmaplayer image, .barlayer path, .shapelayer path";
const plots = [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.querySelector(marks));
return [plots.length, performance.now() / 1000];
"""
LOOK_SECONDS = 0.02


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Yield a browser with an empty profile and a readable network log."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        browser = Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            yield browser
        finally:
            browser.quit()


def size(browser: Chrome, width: int, height: int, *, phone: bool = False, dark: bool = False) -> None:
    """Set the screen size and the preferred colour scheme of the browser."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def charts_drawn(browser: Chrome) -> tuple[int, float]:
    """Return the number of drawn charts, and the seconds since the navigation began."""
    number, seconds = browser.execute_script(DRAWN)
    return number, seconds


def wait_for_charts(browser: Chrome, seconds: float, *, settled: float = 0.0) -> float | None:
    """Return the seconds from the navigation to the first chart, None without one; wait until no more are added.

    That is, until their number has been constant for `settled` seconds.
    """
    number, first = charts_drawn(browser)
    while not number and first < seconds:
        time.sleep(LOOK_SECONDS)
        number, first = charts_drawn(browser)
    steady = time.perf_counter()
    while time.perf_counter() - steady < settled:
        time.sleep(LOOK_SECONDS)
        now, _ = charts_drawn(browser)
        if now != number:
            steady, number = time.perf_counter(), now
    return first if number else None
