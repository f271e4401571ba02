"""The overview in a browser: zoom to every bin, lay a line over, share the link, on a phone and in the dark."""

from __future__ import annotations

from selenium.webdriver.common.by import By

from tests.browser.browsing import (
    as_phone,
    assert_clean,
    assert_fits,
    choose,
    prefer,
    press,
    requested,
    serious_issues,
    wait_for,
    wait_for_chart,
    wait_for_text,
    wait_until,
)

CHART = "overview-requests"
PLOT = "const plot = [...document.querySelectorAll('.js-plotly-plot')].find(p => p.parentElement.id.includes('%s'));"
FIND = PLOT % CHART
OVERLAY = '.overlays input[value="{}"]'


def points_of(browser, trace: int) -> int:
    """How many points a line of the main chart has; 0 where it is hidden."""
    words = (
        "const trace = plot && plot._fullData && plot._fullData[arguments[0]];"
        "return trace && trace.visible === true && trace.x ? trace.x.length : 0"
    )
    return browser.execute_script(FIND + words, trace)


def zoom(browser, start: str, end: str) -> None:
    """Change the range of the chart as a drag does."""
    change = "window.Plotly.relayout(plot, {'xaxis.range[0]': arguments[0], 'xaxis.range[1]': arguments[1]})"
    browser.execute_script(FIND + change, start, end)


def top_of(browser) -> float:
    return browser.execute_script(FIND + "return plot._fullLayout.yaxis.range[1]")


def test_zoom_overlay_and_link(chromium, url):
    chromium.get(f"{url}/?dataset=sample")
    wait_for_text(chromium, ".answer", "sample: 198 requests/min")
    wait_for_chart(chromium, CHART)
    assert points_of(chromium, 0) == 0
    requested(chromium)
    zoom(chromium, "2026-03-20 06:00", "2026-03-20 18:00")
    wait_until(chromium, lambda d: top_of(d) < 600)
    assert points_of(chromium, 1) < 1_200
    press(chromium, OVERLAY.format("week"))
    wait_until(chromium, lambda d: points_of(d, 0) > 700)
    assert chromium.current_url.endswith("?dataset=sample&overlay=week")
    assert top_of(chromium) < 700, "the zoom stays"
    chromium.execute_script(FIND + "window.Plotly.relayout(plot, {'xaxis.autorange': true})")
    wait_until(chromium, lambda d: top_of(d) > 1_200)
    assert points_of(chromium, 0) > 1_500
    chromium.get(chromium.current_url)
    wait_until(chromium, lambda d: points_of(d, 0) > 1_500)
    assert chromium.find_element(By.CSS_SELECTOR, OVERLAY.format("week")).is_selected()
    zoom(chromium, "2026-03-20 06:00", "2026-03-20 18:00")
    wait_until(chromium, lambda d: top_of(d) < 700)
    choose(chromium, "7d")
    wait_for_text(chromium, ".answer", "of the whole series")
    assert chromium.current_url.endswith("?dataset=sample&range=7d&overlay=week")
    wait_until(chromium, lambda d: points_of(d, 0) > 1_500)
    press(chromium, OVERLAY.format("day"))
    wait_until(chromium, lambda d: points_of(d, 3) > 1_500)
    assert top_of(chromium) > 1_200, "the zoom of the other range is forgotten"
    assert_clean(chromium, url)


def test_a_drag_over_the_chart_zooms(chromium, url):
    chromium.get(url)
    wait_for_chart(chromium, CHART)
    before = top_of(chromium)
    left, top, width, height = chromium.execute_script(
        FIND + "plot.scrollIntoView({block: 'center'});"
        "const box = plot.querySelector('.nsewdrag').getBoundingClientRect();"
        "return [box.x, box.y, box.width, box.height]"
    )
    x, y = left + 0.3 * width, top + height / 2
    for kind, at in (("mousePressed", x), ("mouseMoved", x + 40), ("mouseMoved", x + 80), ("mouseReleased", x + 80)):
        event = {"type": kind, "x": at, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        chromium.execute_cdp_cmd("Input.dispatchMouseEvent", event)
    wait_until(chromium, lambda d: top_of(d) < before)
    assert_clean(chromium, url)


def test_on_a_phone_in_the_dark_with_everything_open(chromium, url):
    as_phone(chromium)
    prefer(chromium, "dark")
    chromium.get(url)
    wait_for_chart(chromium, CHART)
    chromium.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    wait_for_chart(chromium, "overview-correlations")
    wait_for_text(chromium, ".details", "Assessing forecastability")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)


def test_the_heat_map_changes_with_the_theme(chromium, url):
    prefer(chromium, "light")
    chromium.get(url)
    wait_for_chart(chromium, "overview-week")
    wait_for(chromium, "#theme-button").click()
    scale = PLOT % "overview-week" + "return JSON.stringify(plot._fullData[0].colorscale)"
    wait_until(chromium, lambda d: "108,182,255" in d.execute_script(scale).replace(" ", ""))
    press(chromium, '.chart-button[data-chart="overview-week"][data-does="table"]')
    wait_for_text(chromium, ".chart-table td", "Mon")
    assert len(chromium.find_elements(By.CSS_SELECTOR, ".chart-table:not([hidden]) tbody tr")) == 7 * 24
