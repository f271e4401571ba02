"""The page Forecasts in a browser: through history with the slider, its tabs, a training cancelled and accepted."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import requests
from selenium.webdriver.common.by import By

from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
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

SLIDE = (
    "const slider = document.getElementById('forecasts-slider');"
    "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(slider, arguments[0]);"
    "slider.dispatchEvent(new Event('input', {bubbles: true}));"
)
STANDS = "return document.getElementById('forecasts-slider')?.value"
TITLE = "#chart-title-forecasts-fan"
RUNNING = "return !document.getElementById('job-forecasts-train-running').hidden"


def upload(url: str, name: str, series: Series, time_zone: str | None = None) -> str:
    """Import a series, its times written in UTC where a zone is given for it."""
    times = [wall_text(second, None) + ("+00:00" if time_zone else "") for second in series.seconds.tolist()]
    text = "\n".join(["ds,y", *(f"{ds},{y:.0f}" for ds, y in zip(times, series.requests_count, strict=True))])
    data = {"name": name, **({"time_zone": time_zone} if time_zone else {})}
    answer = requests.post(f"{url}/datasets", files={"file": ("it.csv", text)}, data=data, timeout=60)
    assert answer.ok, answer.text
    return name


@pytest.fixture(scope="module")
def days(url: str) -> str:
    """A data set of twelve days of quarter hours, Monday 4 to Friday 15 March 2024."""
    return upload(url, "forecast-days", daily_traffic(12, seed=31))


def text_of(browser, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def test_what_comes_next_and_what_was_expected_before(chromium, url, days):
    chromium.get(f"{url}/forecasts?dataset={days}")
    wait_for_text(chromium, ".answer", "In the next hour: ")
    wait_for_chart(chromium, "forecasts-fan")
    wait_for_text(chromium, ".standings", "Same time yesterday")
    wait_for_text(chromium, ".answer", "default model has been ")
    assert not chromium.find_elements(By.CSS_SELECTOR, ".remark .link-button"), "nothing is missing without training"
    chromium.execute_script(SLIDE, 9 * 96 + 48)
    wait_for_text(chromium, TITLE, "from Wed 13 Mar 2024 12:15, with the actuals")
    wait_for_text(chromium, "#forecasts-outcome", "the 80 % interval covered")
    wait_until(chromium, lambda d: "origin=2024-03-13+12%3A00" in d.current_url)
    wait_until(chromium, lambda d: not d.find_elements(By.CSS_SELECTOR, '[data-dash-is-loading="true"]'))
    press(chromium, '[data-move="4"]')
    wait_until(chromium, lambda d: "origin=2024-03-13+13%3A00" in d.current_url)
    wait_for_text(chromium, TITLE, "13:15")
    link, outcome = chromium.current_url, text_of(chromium, "#forecasts-outcome")
    chromium.back()
    wait_for_text(chromium, TITLE, "12:15")
    chromium.get(link)
    wait_for_text(chromium, TITLE, "13:15")
    wait_for_text(chromium, "#forecasts-outcome", outcome)
    assert chromium.execute_script(STANDS) == str(9 * 96 + 52)
    press(chromium, '[data-move="latest"]')
    wait_for_text(chromium, TITLE, "for the next")
    wait_until(chromium, lambda d: "origin" not in d.current_url)
    assert_clean(chromium, url)


def test_the_slider_tells_the_hours_apart_that_clocks_repeat(chromium, url):
    """On 27 October 2024 Paris has the hour from two twice."""
    series = daily_traffic(3, seed=34)
    seconds = moment_of("2024-10-26 00:00", "UTC") + 900 * np.arange(len(series))
    name = upload(url, "autumn-days", replace(series, start=int(seconds[0])), "Europe/Paris")
    chromium.get(f"{url}/forecasts?dataset={name}")
    wait_for_chart(chromium, "forecasts-fan")
    for position, wall in ((97, "2024-10-27 02:15"), (101, "2024-10-27 02:15+01:00"), (105, "2024-10-27 03:15")):
        chromium.execute_script(SLIDE, position)
        wait_until(chromium, lambda d, wall=wall: parse_qs(urlsplit(d.current_url).query).get("origin") == [wall])
        chromium.get(chromium.current_url)
        wait_until(chromium, lambda d, at=position: d.execute_script(STANDS) == str(at))


def test_the_controls_and_the_tabs_are_the_url(chromium, url, days):
    chromium.get(f"{url}/forecasts?dataset={days}&model=hybrid&models=naive&horizon=12&tab=trust&step=3")
    wait_for_chart(chromium, "forecasts-reliability")
    wait_for_text(chromium, TITLE, "Forecast by the hybrid for the next 3 h")
    assert serious_issues(chromium) == []
    choose(chromium, "why")
    wait_for_chart(chromium, "forecasts-day")
    wait_until(chromium, lambda d: "tab=why" in d.current_url)
    assert not chromium.find_element(By.CSS_SELECTOR, "#forecasts-trust").is_displayed()
    assert serious_issues(chromium) == []
    choose(chromium, "record")
    wait_for_text(chromium, ".standings", "Same time yesterday")
    wait_until(chromium, lambda d: "tab=" not in d.current_url and "step=3" in d.current_url)
    assert_clean(chromium, url)


def test_a_training_is_cancelled_started_again_and_its_models_accepted(chromium, url):
    name = upload(url, "train-days", daily_traffic(12, seed=32))
    chromium.get(f"{url}/forecasts?dataset={name}&model=lightgbm&tab=train&train=lightgbm,rules")
    wait_for_text(chromium, "#forecasts-plan", "12 known days of training data")
    wait_for_text(chromium, ".remark", "Zero-shot")
    wait_until(chromium, lambda d: d.find_element(By.ID, "forecasts-go").is_enabled())
    press(chromium, "#forecasts-go")
    wait_until(chromium, lambda d: d.execute_script(RUNNING))
    wait_for_text(chromium, ".forecast-bars", "LightGBM, 15m")
    press(chromium, "#job-forecasts-train-cancel")
    wait_until(chromium, lambda d: not d.execute_script(RUNNING))
    wait_for(chromium, "#job-forecasts-train-start")
    assert text_of(chromium, "#forecasts-waiting") == ""
    press(chromium, "#job-forecasts-train-start")
    wait_until(chromium, lambda d: d.execute_script(RUNNING))
    wait_for_text(chromium, "#forecasts-waiting", f"{name}.lightgbm is trained: accept it?")
    wait_for_text(chromium, "#forecasts-waiting .standings", "in use (nasa-http)")
    assert serious_issues(chromium) == []
    assert "nasa-http" in text_of(chromium, "#forecasts-outcome"), "the old set stays until the new one is accepted"
    press(chromium, ".forecast-choice .btn-primary")
    wait_for_text(chromium, "#forecasts-outcome", f"of the model set {name}.lightgbm")
    wait_until(chromium, lambda d: text_of(d, "#forecasts-waiting") == "")
    assert not chromium.find_elements(By.CSS_SELECTOR, ".remark .link-button")
    assert_clean(chromium, url)


def test_bins_that_no_set_has_are_forecast_without_training(chromium, url):
    name = upload(url, "hourly-days", resample(daily_traffic(12, seed=33), 3_600))
    chromium.get(f"{url}/forecasts?dataset={name}&model=hybrid&tab=train")
    wait_for_chart(chromium, "forecasts-fan")
    wait_for_text(chromium, "#forecasts-remarks", "No model set has Hybrid for bins of 1h.")
    wait_for_text(chromium, "#forecasts-outcome", "Forecast by Auto without training")
    wait_for_text(chromium, "#forecasts-plan", "training needs 400")
    assert not chromium.find_element(By.ID, "forecasts-go").is_enabled()
    assert_clean(chromium, url)


def test_the_members_of_the_default_model_are_shown_over_a_day(chromium, url, days):
    chromium.get(f"{url}/forecasts?dataset={days}&tab=why")
    wait_for_text(chromium, "#forecasts-outcome", "Members:")
    wait_for_chart(chromium, "forecasts-member-weights")
    wait_for_chart(chromium, "forecasts-members")
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)


def test_it_fits_a_phone_in_the_dark(chromium, url, days):
    as_phone(chromium)
    prefer(chromium, "dark")
    chromium.get(f"{url}/forecasts?dataset={days}&models=hybrid,naive&origin=2024-03-13+12:00")
    wait_for_chart(chromium, "forecasts-fan")
    wait_for_text(chromium, ".standings", "Same time yesterday")
    assert_fits(chromium)
    for tab, shown in (
        ("trust", "#forecasts-trust .chart"),
        ("why", "#forecasts-why .chart"),
        ("train", "#forecasts-go"),
    ):
        choose(chromium, tab)
        wait_for(chromium, shown)
        assert_fits(chromium)
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)
