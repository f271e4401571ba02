"""The page Cost in a browser: NASA-HTTP at once, its table, its objective, other data by jobs, a phone in the dark."""

from __future__ import annotations

import pytest
import requests
from selenium.webdriver.common.by import By

from forecasting.timeseries.clock import wall_text
from tests.browser.browsing import (
    as_phone,
    assert_clean,
    assert_fits,
    choose,
    prefer,
    press,
    serious_issues,
    wait_for,
    wait_for_chart,
    wait_for_text,
    wait_until,
)
from tests.forecasting.traffic import daily_traffic

PLOT = "const plot = document.getElementById(arguments[0]).querySelector('.js-plotly-plot');"
FRONTIER, PAIR = '{"name":"cost-frontier","type":"chart"}', '{"name":"cost-pair","type":"chart"}'
SLIDER = '.objective-slider input[type="range"]'


def column(browser, at: int) -> list[str]:
    """The texts of a column of the table."""
    cells = browser.find_elements(By.CSS_SELECTOR, f".policies tbody tr > :nth-child({at})")
    return [cell.get_attribute("textContent") for cell in cells]


def slide(browser, selector: str, value: float, event: str) -> None:
    """Move a slider as a finger does."""
    words = (
        "const slider = document.querySelector(arguments[0]);"
        "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(slider, arguments[1]);"
        "slider.dispatchEvent(new Event(arguments[2], {bubbles: true}))"
    )
    browser.execute_script(words, selector, str(value), event)


@pytest.fixture(scope="module")
def other(url: str) -> str:
    """A data set of twelve days beside the built-in ones."""
    series = daily_traffic(12)
    times = [wall_text(series.start + n * series.bin_seconds, None) for n in range(len(series))]
    text = "\n".join(["ds,y", *(f"{ds},{y:.0f}" for ds, y in zip(times, series.requests_count, strict=True))])
    answer = requests.post(f"{url}/datasets", files={"file": ("days.csv", text)}, data={"name": "days"}, timeout=60)
    assert answer.ok, answer.text
    return "days"


def test_nasa_http_at_once_its_table_and_a_policy_looked_at(chromium, url):
    chromium.get(f"{url}/cost")
    wait_for_text(chromium, ".answer", "At most 1 %")
    for name in ("cost-frontier", "cost-pair", "cost-breakdown", "cost-map"):
        wait_for_chart(chromium, name)
    assert serious_issues(chromium) == []
    press(chromium, '.policies [data-column="1"]')
    wait_until(chromium, lambda d: column(d, 1)[0].startswith("oracle"))
    press(chromium, '[data-value="fixed:default"]')
    wait_for_text(chromium, ".kpi-name", "Cost of fixed:default")
    assert chromium.current_url.endswith("?first=fixed%3Adefault")
    wait_for_text(chromium, ".policies tr.looked-at", "fixed:default")
    assert column(chromium, 1)[0].startswith("oracle"), "a table that was sorted stays so"
    wait_for_text(chromium, ".chart-title", "fixed:default used")
    chromium.execute_script(
        PLOT + "window.Plotly.relayout(plot, {'xaxis.range[0]': arguments[1], 'xaxis.range[1]': arguments[2]})",
        PAIR,
        "1995-08-25 06:00",
        "1995-08-25 12:00",
    )
    points = PLOT + "return plot._fullData[0].y.length"
    wait_until(chromium, lambda d: d.execute_script(points, PAIR) == 360)
    choose(chromium, "best")
    wait_until(chromium, lambda d: "map=best" in d.current_url)
    press(chromium, "#theme-button")
    chromium.refresh()
    wait_for_text(chromium, ".kpi-name", "Cost of fixed:default")
    assert_clean(chromium, url)


def test_the_objective_moves_its_line_at_once_and_asks_anew(chromium, url):
    chromium.get(f"{url}/cost")
    wait_for_chart(chromium, "cost-frontier")
    slide(chromium, SLIDER, 3.5, "input")
    line = PLOT + "return plot.layout.shapes[0].x0"
    assert chromium.execute_script(line, FRONTIER) == 3.5
    wait_until(chromium, lambda d: "slo=3.5" in d.current_url)
    wait_for_text(chromium, ".job-running", "Comparing policies")
    assert chromium.find_elements(By.CSS_SELECTOR, ".stale .compared .chart"), "the old answer stays, dimmed"
    press(chromium, "#job-cost-quick-cancel")
    wait_for_text(chromium, ".job .btn", "Start")
    chromium.back()
    wait_for_text(chromium, ".answer", "At most 1 %")
    assert_clean(chromium, url)


def test_other_data_first_coarsely_then_wholly_and_its_map(chromium, url, other):
    chromium.get(f"{url}/cost?dataset={other}&price=0.0416")
    wait_for_text(chromium, ".answer", "At most 1 %")
    wait_until(chromium, lambda d: "Preliminary" not in d.find_element(By.ID, "cost-verdict").text)
    press(chromium, "#cost-map-button")
    wait_for_chart(chromium, "cost-map")
    press(chromium, '[data-set="price"][data-value="0.0104"]')
    wait_until(chromium, lambda d: "price=0.0104" in d.current_url)
    wait_for_text(chromium, "#cost-prices", "In use: $0.0104 per replica-hour")
    assert_clean(chromium, url)


def test_it_fits_a_phone_in_the_dark(chromium, url):
    as_phone(chromium)
    prefer(chromium, "dark")
    chromium.get(f"{url}/cost")
    wait_for_chart(chromium, "cost-map")
    wait_for(chromium, ".policies")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
