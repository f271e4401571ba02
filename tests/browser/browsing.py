"""What the browser tests do with a page: open it, wait, press, and hold it against what holds for every page."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from urllib.parse import urlsplit

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 60
SERIOUS = ("serious", "critical")


def wait_until(browser: Chrome, holds: Callable[[Chrome], object], seconds: float = WAIT_SECONDS) -> object:
    """What `holds` gives as soon as it is true; fails after some seconds."""
    wait = WebDriverWait(browser, seconds, 0.1, ignored_exceptions=[StaleElementReferenceException])
    return wait.until(holds)


def wait_for_text(browser: Chrome, selector: str, text: str) -> None:
    """Wait until an element that the selector finds contains the text."""
    wait_until(browser, lambda driver: any(text in one.text for one in driver.find_elements(By.CSS_SELECTOR, selector)))


def wait_for(browser: Chrome, selector: str) -> WebElement:
    """The first element that the selector finds, once it is shown."""

    def shown(driver: Chrome) -> WebElement | None:
        return next((one for one in driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()), None)

    return wait_until(browser, shown)


def wait_for_chart(browser: Chrome, name: str) -> None:
    """Wait until a chart of ours is drawn with data."""
    find = (
        "for (const plot of document.querySelectorAll('.js-plotly-plot')) {"
        " if (plot.parentElement.id.includes('\"name\":\"' + arguments[0] + '\"') && plot._fullData)"
        " return plot._fullData.length; } return 0"
    )
    wait_until(browser, lambda driver: driver.execute_script(find, name))


def press(browser: Chrome, selector: str) -> None:
    """Press the first element that the selector finds, also where something floats above it."""

    def pressed(driver: Chrome) -> bool:
        driver.execute_script("arguments[0].click()", driver.find_element(By.CSS_SELECTOR, selector))
        return True

    wait_until(browser, pressed)  # as a whole: the page may draw the element again after it was found


def choose(browser: Chrome, value: str) -> None:
    """Press the radio button of a value, such as a range or a timeframe."""
    press(browser, f'input[type="radio"][value="{value}"]')


def requested(browser: Chrome) -> set[str]:
    """Addresses that the pages asked for over a network since the log was read last."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = (e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent")
    return {url for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")}


def assert_clean(browser: Chrome, url: str) -> None:
    """Nothing in the console, and no other host was asked for anything."""
    log = browser.get_log("browser")
    assert log == [], log
    assert {urlsplit(address).netloc for address in requested(browser)} <= {urlsplit(url).netloc}


def as_phone(browser: Chrome) -> None:
    """The size of a phone, until the next test."""
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(browser: Chrome, scheme: str) -> None:
    """Let the system prefer `dark` or `light` and no motion, until the next test.

    A colour that is still on its way from one theme to the other has no contrast that can be measured.
    """
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def assert_fits(browser: Chrome) -> None:
    """Nothing sticks out to the side."""
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def serious_issues(browser: Chrome) -> list[str]:
    """What axe-core finds of serious and critical issues on the page as it stands, a line each."""
    browser.execute_script((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations))"
    )
    return [
        f"{issue['id']}: {node['target']} {node['html'][:120]}"
        for issue in found
        if issue["impact"] in SERIOUS
        for node in issue["nodes"]
    ]
