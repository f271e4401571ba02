"""The API references and the way back from nowhere, as a browser sees them."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.browsing import assert_clean, wait_for_text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/docs", [(".title", "DataFlow Autoscaling"), (".opblock-summary-path", "predict")]),
        ("/redoc", [("h1", "DataFlow Autoscaling"), ("span", "/forecast/predict")]),
    ],
)
def test_a_reference_is_drawn_from_this_server_alone(chromium, url, path, shown):
    chromium.get(url + path)
    for selector, text in shown:
        wait_for_text(chromium, selector, text)
    assert_clean(chromium, url)


def test_swagger_ui_sends_a_request_and_shows_the_answer(chromium, url):
    chromium.get(f"{url}/docs#/system/health")
    wait_for_text(chromium, "button", "Try it out")
    chromium.find_element(By.CSS_SELECTOR, ".try-out__btn").click()
    wait_for_text(chromium, "button", "Execute")
    chromium.find_element(By.CSS_SELECTOR, ".execute").click()
    wait_for_text(chromium, ".live-responses-table .response-col_status", "200")
    assert chromium.get_log("browser") == []


def test_a_path_that_is_nothing_leads_back(chromium, url):
    chromium.get(f"{url}/nothing/here")
    wait_for_text(chromium, "p", "Path /nothing/here not found")
    chromium.find_element(By.LINK_TEXT, "Start page").click()
    wait_for_text(chromium, ".nav-link.active", "Overview")
