"""A headless Chromium for measurements and for the pictures of the README."""

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
return [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.querySelector(marks)).length;
"""


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A browser that was never anywhere, whose network log can be read."""
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
    """Give the browser a screen and a preference."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def charts_drawn(browser: Chrome) -> int:
    """How many charts have something drawn in them."""
    return browser.execute_script(DRAWN)


def wait_for_charts(browser: Chrome, seconds: float, *, settled: float = 0.0) -> float:
    """Seconds until the first chart is drawn; then waits until their number has been the same for `settled` seconds."""
    began = time.perf_counter()
    while not charts_drawn(browser) and time.perf_counter() - began < seconds:
        time.sleep(0.02)
    first = time.perf_counter() - began
    steady, number = time.perf_counter(), charts_drawn(browser)
    while time.perf_counter() - steady < settled and time.perf_counter() - began < seconds:
        time.sleep(0.1)
        if charts_drawn(browser) != number:
            steady, number = time.perf_counter(), charts_drawn(browser)
    return first
