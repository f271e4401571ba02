"""The model card in a real browser: reached from the API page, read by bin and step, taken along as JSON."""

from __future__ import annotations

import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from forecasting.evaluation import format_score
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


def select(browser, key: str, value: str) -> None:
    """Choose an option of the control of a key."""
    found = (one for one in browser.find_elements(By.TAG_NAME, "select") if f'"{key}"' in one.get_attribute("id"))
    Select(next(found)).select_by_value(value)


def test_from_a_set_that_is_named_to_its_scores_and_its_json(chromium, url):
    chromium.get(f"{url}/api")
    wait_for(chromium, '.model-table a[href^="/model-cards"]')
    press(chromium, '.model-table a[href="/model-cards?model_set=nasa-http"]')
    wait_for_text(chromium, ".answer", "The model set nasa-http was trained on")
    wait_until(chromium, lambda d: d.title.startswith("Model cards"))
    wait_for_chart(chromium, "model-cards-coverage")
    choose(chromium, "15m")
    wait_for_text(chromium, "#model-cards-scores .finding", "At 15m")
    select(chromium, "step", "12")
    select(chromium, "metric", "rmse")
    card = requests.get(f"{url}/models/nasa-http", timeout=60).json()["card"]
    rows = [entry["metrics"][11] for entry in card["models"]["15m"].values()]
    least = min(rows, key=lambda row: row["rmse"])
    wait_for_text(chromium, "#model-cards-scores td.ranked.best", format_score("rmse", least["rmse"]))
    link = chromium.current_url
    assert set(link.partition("?")[2].split("&")) == {"bin=15m", "step=12", "metric=rmse"}, "a default is left out"
    chromium.get(link)
    wait_for_text(chromium, "#model-cards-scores td.ranked.best", format_score("rmse", least["rmse"]))
    download = chromium.find_element(By.CSS_SELECTOR, "a[download]")
    assert download.get_attribute("href") == f"{url}/models/nasa-http"
    assert_clean(chromium, url)


def test_everything_unfolded_is_accessible_and_fits_a_phone(chromium, url):
    prefer(chromium, "dark")
    as_phone(chromium)
    chromium.get(f"{url}/model-cards")
    wait_for_chart(chromium, "model-cards-error")
    chromium.execute_script("document.querySelectorAll('.card-page details').forEach(one => { one.open = true })")
    wait_for_text(chromium, ".card-files", "15m/hybrid/calibration.json")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)


def test_a_switch_of_the_theme_keeps_the_lines_apart_in_the_new_one(chromium, url):
    chromium.get(f"{url}/model-cards")
    wait_for_chart(chromium, "model-cards-error")
    colours = (
        "return [...document.querySelectorAll('.js-plotly-plot')]"
        ".flatMap(plot => plot._fullData.map(line => line.line.color))"
    )
    before = chromium.execute_script(colours)
    press(chromium, "#theme-button")
    wait_until(chromium, lambda d: not set(d.execute_script(colours)) & set(before))
    assert len(set(chromium.execute_script(colours))) == len(set(before))
