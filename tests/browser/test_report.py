"""The report of a comparison, opened as a file in a real browser: drawn, quiet, alone, in the reader's theme."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from forecasting.scaling.comparison.results import QUICK, compare_result
from forecasting.scaling.config.request import ScalingRequest
from forecasting.settings import Settings
from forecasting.timeseries.synthetic import generate
from webapp.ui.figures.theme import DARK, LIGHT, palette
from webapp.ui.report.comparison_report import report_html

WAIT_SECONDS = 60
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}

LINES = "return document.querySelectorAll('#{} .scatterlayer .js-line').length"
FIRST_COLOUR = "return document.querySelector('#frontier .gtitle, #frontier .xtick text').style.fill"


@pytest.fixture(autouse=True)
def _forgets() -> None:
    """A file needs no server, and no browser remembers anything of it."""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """The address of a report as a file."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    question = ScalingRequest(
        series=generate("traffic", days=8), timeframe="15m", model_type="smoothing", settings=settings
    )
    path: Path = tmp_path_factory.mktemp("report") / "comparison.html"
    path.write_text(report_html(compare_result(question, **QUICK)), encoding="utf-8")
    return path.as_uri()


def opened(browser, report: str) -> None:
    """Open the report and wait until both charts are drawn."""
    browser.get(report)
    for chart, least in (("frontier", 5), ("replicas", 3)):
        WebDriverWait(browser, WAIT_SECONDS).until(
            lambda driver, chart=chart, least=least: driver.execute_script(LINES.format(chart)) >= least
        )


def test_charts_are_drawn_without_a_request_or_a_complaint(chromium, report):
    opened(chromium, report)
    assert chromium.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    sent = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in sent if not url.startswith("data:")] == [report]


def test_no_button_leads_to_another_server(chromium, report):
    opened(chromium, report)
    links = chromium.execute_script("return [...document.querySelectorAll('a[href]')].map(a => a.href)")
    assert links == []
    titles = chromium.execute_script(
        "return [...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title || b.title)"
    )
    assert titles
    assert not [title for title in titles if "loud" in title or "hare" in title or "lotly" in title]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_it_is_in_the_reader_s_theme(chromium, report, theme):
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        opened(chromium, report)
        background = chromium.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert background == rgb(palette(theme).paper)
        assert chromium.execute_script(FIRST_COLOUR) == rgb(palette(theme).muted)
    finally:
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_it_fits_a_phone(chromium, report):
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    opened(chromium, report)
    assert chromium.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]") == [390, 390]


def test_it_follows_the_window(chromium, report):
    opened(chromium, report)
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    width = "return document.querySelector('#frontier .main-svg').getBoundingClientRect().width"
    WebDriverWait(chromium, WAIT_SECONDS).until(lambda driver: driver.execute_script(width) == 390 - 2 * 16)


def test_it_is_printed_at_the_paper_s_width_and_comes_back(chromium, report):
    opened(chromium, report)
    width = "return document.querySelector('#replicas .main-svg').getBoundingClientRect().width"
    before = chromium.execute_script(width)
    chromium.execute_script("dispatchEvent(new Event('beforeprint'))")
    WebDriverWait(chromium, WAIT_SECONDS).until(lambda driver: driver.execute_script(width) == 660)
    chromium.execute_script("dispatchEvent(new Event('afterprint'))")
    WebDriverWait(chromium, WAIT_SECONDS).until(lambda driver: driver.execute_script(width) == before)


def rgb(colour: str) -> str:
    """`#0b5fb0` as browsers say it."""
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
