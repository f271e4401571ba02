"""Files of other programs through the page Data: chosen columns, summed columns, and envelopes of containers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.browser.browsing import (
    as_phone,
    assert_clean,
    assert_fits,
    prefer,
    press,
    serious_issues,
    wait_for_chart,
    wait_for_text,
    wait_until,
)
from tests.browser.test_data import choose_files, field, open_page
from tests.webapp.serving import running_server

WIDE = '"Time","GET 200","GET 404","POST 500"\n' + "".join(
    f"2024-02-24 {10 + i // 60}:{i % 60:02d}:00,{100 + i % 7},{i % 3},{i % 2}\n" for i in range(120)
)
LINE = '192.0.2.7 - - [24/Feb/2024:10:{:02d}:05 +0000] "GET /item HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
DOCKER = "".join(
    json.dumps({"log": LINE.format(i % 60), "stream": "stdout", "time": f"2024-02-24T10:{i % 60:02d}:05.25Z"}) + "\n"
    for i in range(120)
)
FOREIGN = "wann;server;anzahl\n" + "".join(
    f"{day:02d}/02/2024 {hour:02d}:00;{server};{10 + hour}\n"
    for day in (1, 2, 3)
    for hour in range(24)
    for server in ("a", "b")
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that these tests may change."""
    with running_server(tmp_path_factory.mktemp("files") / "home") as address:
        yield address


@pytest.fixture
def file_of(tmp_path: Path):
    def write(name: str, content: str) -> str:
        (tmp_path / name).write_text(content)
        return str(tmp_path / name)

    return write


def role(browser: Chrome, column: str) -> Select:
    """The choice of what a column under the first rows is."""
    selector = f'[id*=\'"column":"{column}","type":"data-role"\']'
    wait_until(browser, lambda driver: driver.find_elements(By.CSS_SELECTOR, selector))
    return Select(browser.find_element(By.CSS_SELECTOR, selector))


def total(url: str, name: str) -> float:
    return requests.get(f"{url}/datasets/{name}", timeout=60).json()["dataset"]["requests"]


def without_refusals(browser: Chrome) -> list[str]:
    """The console without what Chromium writes of answers that refuse."""
    refused = ("400 (BAD REQUEST)", "409 (CONFLICT)")
    messages = [entry["message"] for entry in browser.get_log("browser")]
    return [message for message in messages if not any(text in message for text in refused)]


def test_a_wide_grafana_export_is_summed_and_then_one_series_is_chosen(chromium, url, file_of):
    open_page(chromium, url)
    choose_files(chromium, file_of("grafana.csv", WIDE))
    wait_for_text(chromium, "#data-outcome .problem", "grafana.csv has several count columns (3).")
    wait_for_text(chromium, "#data-excerpt", "First rows of grafana.csv")
    assert "--" not in chromium.find_element(By.ID, "data-outcome").text
    assert serious_issues(chromium) == []
    press(chromium, ".data-way-out")
    wait_for_text(chromium, "#data-outcome", "120 rows (format csv) give 120 bins of 1m")
    wait_for_chart(chromium, "data-preview")
    assert "2024-02-24 10:00:00,100,0,0" in chromium.find_element(By.CSS_SELECTOR, ".data-records").text
    press(chromium, ".data-first-rows > summary")
    role(chromium, "POST 500").select_by_value("-")
    wait_until(chromium, lambda d: field(d, "sum_columns").get_attribute("value") == "GET 200,GET 404")
    wait_until(chromium, lambda d: "stale" not in d.find_element(By.ID, "data-outcome").get_attribute("class"))
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "grafana was imported.")
    assert total(url, "grafana") == sum(100 + i % 7 + i % 3 for i in range(120))
    assert without_refusals(chromium) == []


def test_a_docker_log_is_read_inside_its_envelope_and_a_later_one_appended(chromium, url, file_of):
    open_page(chromium, url)
    choose_files(chromium, file_of("web-json.log", DOCKER))
    wait_for_text(chromium, "#data-outcome", "120 lines (format json_lines) give 60 bins of 1m")
    wait_for_text(chromium, ".data-records", "2024-02-24 10:00:05 UTC")
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "web-json was imported.")
    choose_files(chromium, file_of("web-json.log", DOCKER.replace("24/Feb/2024:10", "24/Feb/2024:12")))
    wait_for_text(chromium, "#data-import", "Replace web-json")
    chromium.execute_script("arguments[0].click()", field(chromium, "append").find_element(By.TAG_NAME, "input"))
    wait_for_text(chromium, "#data-outcome", "60 bins are added to what is stored")
    wait_for_text(chromium, "#data-outcome", "60 bins are unknown")
    wait_for_text(chromium, "#data-import", "Append to web-json")
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "web-json was extended.")
    assert total(url, "web-json") == 240
    choose_files(chromium, file_of("web-json.log", DOCKER))
    wait_for_text(chromium, ".data-field-overlap .data-error", "The files overlap web-json from 2024-02-24 10:00:00")
    press(chromium, ".data-way-out")
    wait_for_text(chromium, "#data-outcome", "the new counts replace the stored ones")
    assert serious_issues(chromium) == []
    assert without_refusals(chromium) == []


def test_a_file_not_understood_is_read_by_choosing_columns_on_a_phone_in_the_dark(chromium, url, file_of):
    as_phone(chromium)
    prefer(chromium, "dark")
    open_page(chromium, url)
    choose_files(chromium, file_of("export.csv", FOREIGN))
    wait_for_text(chromium, "#data-outcome .problem", "no column is known to be the count.")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    role(chromium, "anzahl").select_by_value("count")
    wait_for_text(chromium, "#data-outcome .problem", "with the day or the month first")
    press(chromium, ".data-way-out")
    wait_for_text(chromium, "#data-outcome .problem", "The rows are of several series")
    rows = chromium.find_element(By.CSS_SELECTOR, '[id*=\'"column":"server","type":"data-where"\']')
    Select(rows).select_by_value("b")
    wait_for_text(chromium, "#data-outcome", "144 rows (format csv) give 72 bins of 1h")
    assert field(chromium, "where").get_attribute("value") == "server=b"
    wait_for_chart(chromium, "data-preview")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "export was imported.")
    assert total(url, "export") == 3 * sum(10 + hour for hour in range(24))
    assert without_refusals(chromium) == []
    assert_clean(chromium, url)
