"""The page Scaling in a real browser: an answer that follows the form, a replay that can be stepped through."""

from __future__ import annotations

from urllib.parse import quote_plus

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.browser.browsing import (
    as_phone,
    assert_clean,
    assert_fits,
    press,
    serious_issues,
    wait_for,
    wait_for_chart,
    wait_for_text,
    wait_until,
)

SLIDE = """
const slider = document.getElementById(JSON.stringify({ key: arguments[0], type: 'slider' }));
Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(slider, arguments[1]);
slider.dispatchEvent(new Event('input', { bubbles: true }));
"""
TITLE = "#chart-title-scaling-replay"


def opened(browser, url: str, query: str = "") -> None:
    """The page with NASA-HTTP in quarters of an hour, its replay drawn."""
    browser.get(f"{url}/scaling?timeframe=15m{query}")
    wait_for_text(browser, ".scaling-answer", "now")
    wait_for_text(browser, TITLE, "missed")
    wait_for_chart(browser, "scaling-replay")


def read(browser, selector: str) -> str:
    return wait_for(browser, selector).text


def choose_in(browser, key: str, value: str) -> None:
    place = wait_for(browser, f'select[id*=\'"key":"{key}"\']')
    Select(place).select_by_value(value)


def test_a_slider_changes_the_answer_and_the_link(chromium, url):
    opened(chromium, url)
    said, title = read(chromium, ".scaling-answer"), read(chromium, TITLE)
    chromium.execute_script(SLIDE, "capacity", "20")
    wait_until(chromium, lambda d: "capacity=20" in d.current_url)
    wait_until(chromium, lambda d: read(d, ".scaling-answer") != said and read(d, TITLE) != title)
    said, link = read(chromium, ".scaling-answer"), chromium.current_url
    assert wait_for(chromium, 'input[type="number"][id*=\'"capacity"\']').get_attribute("value") == "20"
    chromium.get(link)
    wait_for_text(chromium, ".scaling-answer", said)
    assert_clean(chromium, url)


def test_a_policy_shows_its_own_fields_and_its_replay(chromium, url):
    opened(chromium, url)
    choose_in(chromium, "policy", "threshold")
    wait_for_text(chromium, TITLE, "threshold: ")
    shown = [
        one.get_attribute("data-field")
        for one in chromium.find_elements(By.CSS_SELECTOR, ".field")
        if one.is_displayed()
    ]
    assert {"upper", "lower", "cooldown"} <= set(shown)
    assert not {"target", "guard", "window", "quantile", "fixed"} & set(shown)
    choose_in(chromium, "policy", "predictive:window-quantile")
    wait_for_text(chromium, TITLE, "window-quantile: ")
    press(chromium, 'input[type="radio"][value="quantile"]')
    wait_for(chromium, '[data-field="quantile"]')
    assert_clean(chromium, url)


def test_a_replay_is_stepped_through_and_planned_from(chromium, url):
    opened(chromium, url)
    press(chromium, '[data-play="on"]')
    wait_for_text(chromium, "#scaling-readout", "deciding rule")
    first = read(chromium, "#scaling-readout")
    press(chromium, '[data-play="on"]')
    wait_until(chromium, lambda d: read(d, "#scaling-readout") != first)
    press(chromium, '[data-play="play"]')
    wait_for(chromium, '[data-play="play"] .bi-pause-fill')
    press(chromium, '[data-play="play"]')
    moment = read(chromium, "#scaling-readout")[:16]
    press(chromium, '[data-play="origin"]')
    wait_until(chromium, lambda d: f"origin={quote_plus(moment)}" in d.current_url)
    wait_for_text(chromium, ".chips", "As of")
    assert_clean(chromium, url)


def test_the_log_is_filtered_and_turned(chromium, url):
    opened(chromium, url)
    wait_for_text(chromium, "#scaling-log", "scale out")
    choose_in(chromium, "action", "scale_down")
    wait_until(chromium, lambda d: "▲" not in read(d, "#scaling-log") and "▼" in read(d, "#scaling-log"))
    rows = read(chromium, "#scaling-log")
    press(chromium, '[data-turn="1"]')
    wait_until(chromium, lambda d: read(d, "#scaling-log") != rows)
    assert "action=scale_down" in chromium.current_url
    assert "page=2" in chromium.current_url
    assert_clean(chromium, url)


def test_what_is_stored_is_the_start_of_the_next_look(chromium, url):
    opened(chromium, url, "&min=2&replicas=5")
    press(chromium, "#scaling-store")
    wait_for_text(chromium, ".form-told", "Stored for nasa-http")
    assert "min=" not in chromium.current_url
    assert wait_for(chromium, 'input[id*=\'"key":"min"\']').get_attribute("value") == "2"
    wait_for_text(chromium, TITLE, "missed")
    assert_clean(chromium, url)


def test_a_phone_has_all_of_it(chromium, url):
    as_phone(chromium)
    opened(chromium, url, "&flash=4&policy=reactive")
    for summary in chromium.find_elements(By.CSS_SELECTOR, ".scaling-replay details > summary"):
        chromium.execute_script("arguments[0].click()", summary)
    press(chromium, "#scaling-accept input, input#scaling-accept")
    wait_for_text(chromium, "#scaling-export", "ScaledObject")
    wait_for_text(chromium, "#scaling-cards", "without")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
