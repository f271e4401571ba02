"""The pages as a browser sees them: drawn, without an error in the console, from this server alone."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 60


def wait_for_text(browser, selector: str, text: str) -> None:
    WebDriverWait(browser, WAIT_SECONDS).until(
        lambda driver: any(text in element.text for element in driver.find_elements(By.CSS_SELECTOR, selector))
    )


def requested(browser) -> set[str]:
    """Addresses that the pages asked for over a network."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = (e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent")
    return {url for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "/",
            [("h1", "Forecast request"), ("td", "sample"), ("td", "lightgbm"), ("code", "/forecast/predict")],
        ),
        ("/docs", [(".title", "DataFlow Autoscaling"), (".opblock-summary-path", "predict")]),
        ("/redoc", [("h1", "DataFlow Autoscaling"), ("span", "/forecast/predict")]),
    ],
)
def test_a_page_is_drawn_from_this_server_alone(chromium, url, path, shown):
    chromium.get(url + path)
    for selector, text in shown:
        wait_for_text(chromium, selector, text)
    assert chromium.get_log("browser") == []
    asked = requested(chromium)
    assert asked
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(url).netloc}


def test_swagger_ui_sends_a_request_and_shows_the_answer(chromium, url):
    chromium.get(f"{url}/docs#/system/health")
    wait_for_text(chromium, "button", "Try it out")
    chromium.find_element(By.CSS_SELECTOR, ".try-out__btn").click()
    wait_for_text(chromium, "button", "Execute")
    chromium.find_element(By.CSS_SELECTOR, ".execute").click()
    wait_for_text(chromium, ".live-responses-table .response-col_status", "200")
    assert chromium.get_log("browser") == []


def test_the_start_page_fits_a_phone(chromium, url):
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get(url)
    wait_for_text(chromium, "h1", "Forecast request traffic")
    assert chromium.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_a_path_that_is_nothing_leads_back(chromium, url):
    chromium.get(f"{url}/nothing/here")
    wait_for_text(chromium, "p", "There is nothing at /nothing/here")
    chromium.find_element(By.LINK_TEXT, "Start page").click()
    wait_for_text(chromium, "h1", "Forecast request traffic")
