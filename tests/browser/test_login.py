"""Log in with a browser: the way to a page and back, what a viewer is shown, and the end of a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from forecasting.access.accounts import Accounts
from forecasting.access.roles import Role
from forecasting.settings import Settings
from tests.browser.browsing import (
    as_phone,
    assert_fits,
    prefer,
    press,
    serious_issues,
    wait_for,
    wait_for_text,
    wait_until,
)
from tests.browser.conftest import NO_WAY_OUT
from tests.webapp.serving import running_server

PASSWORD = "correct horse battery"
HAS_LONG_BEEN_ANSWERED = (
    "const ends = performance.getEntriesByType('resource').map(one => one.responseEnd);"
    "return !document.querySelector('[data-dash-is-loading=true]') && performance.now() - Math.max(...ends) > 1500"
)
PAGES = ("/account", "/admin/users", "/admin/keys", "/admin/audit")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose users log in: `ada`, an admin, and `vera`, a viewer."""
    home: Path = tmp_path_factory.mktemp("logging-in") / "home"
    users = Accounts(Settings(home=home)).users
    users.add("ada", PASSWORD, Role.ADMIN)
    users.add("vera", PASSWORD, Role.VIEWER)
    with running_server(home, DATAFLOW_AUTH="local", SECRET_KEY="s" * 40, **NO_WAY_OUT) as address:
        yield address


def log_in(browser: Chrome, name: str, password: str) -> None:
    """Fill in the form and send it."""
    field = wait_for(browser, "input[name=name]")
    field.clear()
    field.send_keys(name)
    wait_for(browser, "input[name=password]").send_keys(password)
    wait_for(browser, "form button").click()


def test_a_viewer_logs_in_looks_and_meets_the_end_of_the_session(chromium, url):
    chromium.get(f"{url}/scaling?dataset=sample")
    assert "/login?next=" in chromium.current_url
    assert serious_issues(chromium) == []
    log_in(chromium, "vera", "wrong")
    wait_for_text(chromium, "[role=alert]", "Name or password is wrong.")
    log_in(chromium, "vera", PASSWORD)
    wait_until(chromium, lambda driver: driver.current_url.startswith(f"{url}/scaling?dataset=sample"))
    assert wait_for(chromium, ".user-link").get_attribute("title") == "Account: vera, viewer"
    assert wait_for(chromium, "#scaling-store").get_attribute("disabled")
    wait_for_text(chromium, "[aria-label='Stored settings']", "needs the role operator")
    (cookie,) = [one for one in chromium.get_cookies() if one["name"] == "dataflow_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")

    chromium.get(f"{url}/admin/users")
    wait_for_text(chromium, "main", "needs the role admin")
    chromium.get(f"{url}/data")
    wait_for(chromium, "#data-content table")
    # A callback that is still on its way would lead to the login from this page.
    wait_until(chromium, lambda driver: driver.execute_script(HAS_LONG_BEEN_ANSWERED))
    chromium.delete_cookie("dataflow_session")
    press(chromium, "a[href^='/forecasts']")
    wait_until(chromium, lambda driver: "/login?next=%2Fforecasts" in driver.current_url)


def test_an_admin_makes_a_key_and_logs_out(chromium, url):
    chromium.get(f"{url}/admin/keys")
    log_in(chromium, "ada", PASSWORD)
    wait_until(chromium, lambda driver: driver.current_url == f"{url}/admin/keys")
    for scheme in ("light", "dark"):
        prefer(chromium, scheme)
        for path in PAGES:
            chromium.get(f"{url}{path}")
            assert serious_issues(chromium) == [], path
    as_phone(chromium)
    for path in PAGES:
        chromium.get(f"{url}{path}")
        assert_fits(chromium)
    chromium.get(f"{url}/admin/keys")
    wait_for(chromium, ".login-panel input[name=name]").send_keys("ci")
    wait_for(chromium, "button[value=add]").click()
    assert wait_for(chromium, "#new-key").text.startswith("dfk_")
    chromium.get(f"{url}/account")
    wait_for(chromium, "form[action='/logout'] button").click()
    wait_until(chromium, lambda driver: driver.current_url == f"{url}/login")
    chromium.get(f"{url}/admin/keys")
    assert "/login" in chromium.current_url
