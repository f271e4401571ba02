"""What every page has: the URL as its state, the theme, the width of a phone, nothing from elsewhere."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.browsing import (
    as_phone,
    assert_clean,
    choose,
    prefer,
    press,
    serious_issues,
    wait_for,
    wait_for_text,
    wait_until,
)

MENU = {
    "/": "Overview",
    "/forecasts": "Forecasts",
    "/scaling": "Scaling",
    "/cost": "Cost",
    "/data": "Data",
    "/api": "API",
}
PAGES = {**MENU, "/model-cards": "Model cards"}
"""Every page by its address; the last is reached from where a model set is named."""


def wait_for_page(browser, path: str) -> None:
    """Wait until a page is there, and marked in the menu where it stands in it."""
    wait_until(browser, lambda d: d.title.startswith(PAGES[path]))
    wait_for(browser, ".page-body")
    if path in MENU:
        wait_for_text(browser, ".nav-link.active", MENU[path])


def theme_of(browser) -> str:
    return browser.execute_script("return document.documentElement.dataset.bsTheme")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_from_this_server_alone_without_errors_and_accessible_in_both_themes(chromium, url, path):
    prefer(chromium, "light")
    chromium.get(url + path)
    wait_for_page(chromium, path)
    assert theme_of(chromium) == "light"
    assert serious_issues(chromium) == []
    press(chromium, "#theme-button")
    wait_until(chromium, lambda d: theme_of(d) == "dark")
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)


def test_the_url_is_the_state(chromium, url):
    chromium.get(url)
    wait_for(chromium, ".segments")
    choose(chromium, "7d")
    wait_until(chromium, lambda d: d.current_url.endswith("?range=7d"))
    choose(chromium, "5m")
    wait_for_text(chromium, ".context-bar .active", "5m")
    wait_until(chromium, lambda d: "timeframe=5m" in d.current_url and "range=7d" in d.current_url)
    link = chromium.current_url
    chromium.back()
    wait_for_text(chromium, ".context-bar .active", "1m")
    assert chromium.current_url.endswith("?range=7d")
    chromium.get(link)
    wait_for_text(chromium, ".context-bar .active", "5m")
    wait_for_text(chromium, ".context-bar .active", "7 d")


def test_a_link_to_another_page_keeps_what_is_shown(chromium, url):
    chromium.get(f"{url}/?range=7d&timeframe=15m")
    wait_for(chromium, ".segments")
    press(chromium, '#menu a[href^="/scaling"]')
    wait_for_text(chromium, ".nav-link.active", "Scaling")
    assert chromium.current_url == f"{url}/scaling?range=7d&timeframe=15m"
    wait_for_text(chromium, ".context-bar .active", "15m")


def test_the_page_that_is_open_is_named_to_screen_readers(chromium, url):
    chromium.get(f"{url}/data?range=7d")
    wait_for_text(chromium, '.nav-link[aria-current="page"]', "Data")
    press(chromium, '#menu a[href^="/api"]')
    wait_for_text(chromium, '.nav-link[aria-current="page"]', "API")
    assert len(chromium.find_elements(By.CSS_SELECTOR, "[aria-current]")) == 1


def test_bars_leave_a_phone_its_screen_and_escape_closes_the_menu(chromium, url):
    as_phone(chromium)
    chromium.get(url)
    press(chromium, "#menu-button")
    wait_for_text(chromium, "#menu.open .nav-link", "Scaling")
    chromium.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    wait_until(chromium, lambda d: not d.find_elements(By.CSS_SELECTOR, "#menu.open"))
    assert chromium.switch_to.active_element.get_attribute("id") == "menu-button"
    chromium.execute_script(
        "document.querySelector('.page-body').style.minHeight = '4000px';"
        "window.scrollTo({top: 1500, behavior: 'instant'})"
    )
    held = chromium.execute_script(
        "return [...document.querySelectorAll('.top-bar, .context-bar')]"
        ".map(bar => Math.max(0, bar.getBoundingClientRect().bottom))"
    )
    assert max(held) < 844 / 12


def test_nonsense_in_the_url_is_named_and_does_no_harm(chromium, url):
    chromium.get(f"{url}/?dataset=absent&timeframe=7m&range=month")
    wait_for_text(chromium, ".notice", "Data set 'absent' not found")
    wait_for_text(chromium, ".notice", "timeframe must be one of 1m, 5m, 15m (got '7m')")
    wait_for_text(chromium, ".notice", "range must be one of 24h, 7d, 14d, all, custom (got 'month')")
    assert chromium.find_element(By.CSS_SELECTOR, ".context-bar select").get_attribute("value") == "nasa-http"
    assert_clean(chromium, url)


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_remembered(chromium, url):
    prefer(chromium, "dark")
    chromium.get(url)
    wait_for(chromium, "#theme-button")
    assert theme_of(chromium) == "dark"
    press(chromium, "#theme-button")
    wait_until(chromium, lambda d: theme_of(d) == "light")
    chromium.get(f"{url}/scaling")
    wait_for(chromium, "#theme-button")
    assert theme_of(chromium) == "light"


def test_the_hint_about_the_traffic_shown_stays_closed(chromium, url):
    chromium.get(url)
    wait_for_text(chromium, ".hint", "real traffic")
    press(chromium, ".hint-close")
    wait_until(chromium, lambda d: not d.find_element(By.CSS_SELECTOR, ".hint").is_displayed())
    chromium.refresh()
    wait_for(chromium, ".segments")
    assert not chromium.find_element(By.CSS_SELECTOR, ".hint").is_displayed()


def test_the_help_lists_the_terms(chromium, url):
    chromium.get(url)
    press(chromium, "#help-button")
    wait_for_text(chromium, ".help dt", "regret")
    chromium.find_element(By.CSS_SELECTOR, ".help .btn-close").click()


def test_a_server_that_is_gone_or_has_changed_is_told(chromium, url):
    chromium.get(url)
    wait_for(chromium, ".segments")
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    chromium.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        choose(chromium, "24h")
        wait_for_text(chromium, ".toast-place", "The server does not respond")
    finally:
        chromium.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    chromium.execute_script(
        "fetch('/_dash-update-component', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({output: 'of.yesterday', inputs: []})})"
    )
    wait_for_text(chromium, ".toast-place", "Reload it")


def test_a_browser_that_keeps_nothing_shows_everything(chromium, url):
    denied = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    added = chromium.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": denied})
    try:
        prefer(chromium, "dark")
        chromium.get(url)
        wait_for_text(chromium, ".hint", "real traffic")
        assert theme_of(chromium) == "dark"
        press(chromium, "#theme-button")
        wait_until(chromium, lambda d: theme_of(d) == "light")
        press(chromium, ".hint-close")
        wait_until(chromium, lambda d: not d.find_element(By.CSS_SELECTOR, ".hint").is_displayed())
        assert_clean(chromium, url)
    finally:
        chromium.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
