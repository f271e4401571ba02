"""A real Chromium and a real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.webapp.serving import running_server

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1366,900",
)
NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server that reaches no other host; tests may add data sets with names of their own."""
    with running_server(tmp_path_factory.mktemp("browsing") / "home", **NO_WAY_OUT) as address:
        yield address


@pytest.fixture(autouse=True)
def _forgets(_chromium: Chrome, url: str) -> None:
    """Each test meets a browser that was never here."""
    _chromium.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A Chromium with a profile of its own, whose console and network log can be read."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("BROWSER TESTS ARE NOT RUN: install Debian's chromium and chromium-driver (make test does)")
    options = Options()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def chromium(_chromium: Chrome) -> Chrome:
    """The browser at an empty page of a desktop's size, its logs emptied, nothing remembered."""
    _chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    _chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    _chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    _chromium.get("about:blank")
    for log in ("browser", "performance"):
        _chromium.get_log(log)
    return _chromium
