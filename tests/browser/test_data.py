"""The page Data in a browser: files in, data sets out, and what is said when something is not as it should be."""

from __future__ import annotations

import io
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
    wait_for,
    wait_for_chart,
    wait_for_text,
    wait_until,
)

CSV = "timestamp,requests_count\n" + "".join(
    f"1995-08-01 {i // 60:02d}:{i % 60:02d}:00,{10 + i % 7}\n" for i in range(180)
)
ERROR_LOG = "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties\n" * 50


@pytest.fixture
def file_of(tmp_path: Path):
    def write(name: str, content: str) -> str:
        (tmp_path / name).write_text(content)
        return str(tmp_path / name)

    return write


def open_page(browser: Chrome, url: str, query: str = "") -> None:
    browser.get(f"{url}/data{query}")
    wait_for_text(browser, ".data-table", "sample")


def choose_files(browser: Chrome, *paths: str) -> None:
    browser.find_element(By.ID, "data-picker").send_keys("\n".join(paths))


def field(browser: Chrome, name: str):
    return browser.find_element(By.CSS_SELECTOR, f'[id*=\'"field":"{name}","type":"data-field"\']')


def write(browser: Chrome, element, text: str) -> None:
    """Replace what stands in a text field, and leave it."""
    element.clear()
    element.send_keys(text)
    browser.execute_script("arguments[0].blur()", element)


def imported(url: str, name: str) -> None:
    form = {"name": (None, name), "file": ("a.csv", io.BytesIO(CSV.encode()))}
    assert requests.post(f"{url}/datasets", files=form, timeout=60).status_code == 201


def names(url: str) -> list[str]:
    return [info["name"] for info in requests.get(f"{url}/datasets", timeout=60).json()["datasets"]]


def refusals(browser: Chrome) -> list[str]:
    """The console without what Chromium writes of every answer that is no success."""
    return [entry["message"] for entry in browser.get_log("browser") if "400 (BAD REQUEST)" not in entry["message"]]


def test_a_file_is_looked_at_corrected_imported_and_opened(chromium, url, file_of):
    open_page(chromium, url)
    choose_files(chromium, file_of("Web Shop.csv", CSV))
    wait_for_text(chromium, "#data-outcome", "180 rows (format csv) give 180 bins of 1m")
    assert field(chromium, "name").get_attribute("value") == "web-shop"
    wait_for_chart(chromium, "data-preview")
    Select(field(chromium, "timeframe")).select_by_value("15m")
    wait_for_text(chromium, "#data-outcome", "180 rows (format csv) give 12 bins of 15m")
    assert "web-shop" not in names(url)
    assert serious_issues(chromium) == []
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "web-shop was imported.")
    wait_for_text(chromium, ".data-table .data-name", "web-shop")
    press(chromium, ".data-look")
    wait_for_text(chromium, ".nav-link.active", "Overview")
    assert chromium.current_url.endswith("/?dataset=web-shop")
    assert_clean(chromium, url)


def test_bad_files_and_fields_are_told_in_their_place(chromium, url, file_of):
    open_page(chromium, url)
    choose_files(chromium, file_of("error.log", ERROR_LOG))
    wait_for_text(chromium, "#data-outcome .problem", "none with a request or a status")
    assert not chromium.find_element(By.ID, "data-import").is_enabled()
    choose_files(chromium, file_of("nothing.csv", ""))
    wait_for_text(chromium, "#data-outcome .problem", "nothing.csv is empty.")
    choose_files(chromium, file_of("wrong.csv", "when,how many\n1995-08-01,7\n"))
    wait_for_text(chromium, "#data-outcome .problem", "wrong.csv: no column is known to be the count.")
    Select(field(chromium, "format")).select_by_value("csv")
    wait_for_text(chromium, "#data-outcome .problem", "Columns found: when, how many.")
    Select(field(chromium, "format")).select_by_value("-")
    choose_files(chromium, file_of("good.csv", CSV))
    wait_for_text(chromium, "#data-outcome", "Preview of the import")
    write(chromium, field(chromium, "time_zone"), "Mars/Olympus")
    wait_for_text(chromium, ".data-field .data-error", "time_zone must be an IANA name")
    write(chromium, field(chromium, "time_zone"), "Europe/Paris")
    wait_for_text(chromium, "#data-outcome", "(Europe/Paris)")
    assert all(error.text == "" for error in chromium.find_elements(By.CSS_SELECTOR, ".data-field .data-error"))
    assert names(url).count("good") == 0
    assert refusals(chromium) == []


def test_several_files_are_dropped_and_a_taken_name_is_replaced_on_purpose(chromium, url):
    imported(url, "dropped")
    open_page(chromium, url)
    drop = (
        "const moved = new DataTransfer(), zone = document.getElementById('data-drop');"
        "const [head, ...rows] = arguments[0].trim().split('\\n');"
        "for (const part of [rows.slice(90), rows.slice(0, 90)])"
        " moved.items.add(new File([[head, ...part, ''].join('\\n')], 'dropped.csv'));"
        "zone.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: moved}));"
    )
    chromium.execute_script(drop, CSV)
    wait_for_text(chromium, "#data-file-names", "kB), dropped.csv (")
    wait_for_text(chromium, "#data-outcome", "180 rows (format csv) give 180 bins")
    wait_for_text(chromium, "#data-name-note", "Data set dropped exists: choose another name, or replace it.")
    assert chromium.find_element(By.ID, "data-import").text == "Replace dropped"
    write(chromium, field(chromium, "name"), "sample")
    wait_for_text(chromium, "#data-import-note", "sample is a built-in data set")
    assert not chromium.find_element(By.ID, "data-import").is_enabled()
    write(chromium, field(chromium, "name"), "dropped")
    wait_for_text(chromium, "#data-import", "Replace dropped")
    press(chromium, "#data-import")
    wait_for_text(chromium, "#data-outcome", "dropped was imported.")
    assert_clean(chromium, url)


def test_a_transfer_shows_how_far_it_is_and_can_be_cancelled(chromium, url, file_of):
    open_page(chromium, url)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    chromium.execute_cdp_cmd("Network.enable", {})
    chromium.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    try:
        choose_files(chromium, file_of("long.csv", CSV + "#" * 3_000_000))
        wait_for_text(chromium, "#data-upload-text", "Sending: ")
        wait_until(chromium, lambda d: 0 < float(d.find_element(By.ID, "data-upload-bar").get_attribute("value")) < 90)
        press(chromium, "#data-upload-cancel")
        wait_for_text(chromium, "#data-outcome", "Cancelled; nothing was imported.")
        assert not chromium.find_element(By.ID, "data-upload-running").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})


def test_rename_and_remove_with_the_name_typed(chromium, url):
    imported(url, "old-name")
    open_page(chromium, url, "?dataset=old-name")
    press(chromium, 'button[aria-label="Rename: old-name"]')
    box = wait_for(chromium, "#data-rename-to")
    assert serious_issues(chromium) == []
    write(chromium, box, "No Name")
    press(chromium, "#data-rename-do")
    wait_for_text(chromium, "#data-rename-error", "name must be 1 to 63 characters of a-z")
    write(chromium, box, "new-name")
    press(chromium, "#data-rename-do")
    wait_for_text(chromium, ".data-table .data-name", "new-name")
    wait_until(chromium, lambda d: d.current_url.endswith("/data?dataset=new-name"))
    wait_until(chromium, lambda d: not d.find_elements(By.CSS_SELECTOR, ".modal"))
    press(chromium, 'button[aria-label="Remove: new-name"]')
    box = wait_for(chromium, "#data-remove-typed")
    wait_for_text(chromium, "#data-remove-words", "new-name and all its points will be deleted permanently.")
    assert not chromium.find_element(By.ID, "data-remove-do").is_enabled()
    box.send_keys("new-name")
    wait_until(chromium, lambda d: d.find_element(By.ID, "data-remove-do").is_enabled())
    press(chromium, "#data-remove-do")
    wait_until(chromium, lambda d: "new-name" not in d.find_element(By.CSS_SELECTOR, ".data-table").text)
    wait_until(chromium, lambda d: d.current_url.endswith("/data"))
    assert not {"old-name", "new-name"} & set(names(url))
    assert_clean(chromium, url)


def test_details_hold_the_report_and_the_call_for_collectors(chromium, url):
    imported(url, "detailed")
    open_page(chromium, url)
    press(chromium, 'button[aria-label="Details and import report: detailed"]')
    wait_for_text(chromium, "#data-details-body", "180 rows (format csv)")
    assert f"{url}/datasets/detailed/points" in chromium.find_element(By.ID, "data-append-curl").text
    assert serious_issues(chromium) == []


def test_a_synthetic_trace_follows_its_controls_and_is_kept(chromium, url):
    open_page(chromium, url, "?add=synthetic&trace_days=7&trace_bursts=0")
    wait_for_chart(chromium, "data-trace")
    wait_for_text(chromium, "#chart-title-data-trace", "no bursts")
    level = chromium.find_element(By.CSS_SELECTOR, '[id*=\'"key":"trace_level","type":"control"\']')
    write(chromium, level, "1000")
    wait_for_text(chromium, "#chart-title-data-trace", "1,0")
    wait_until(chromium, lambda d: "trace_level=1000" in d.current_url)
    assert serious_issues(chromium) == []
    write(chromium, chromium.find_element(By.ID, "data-trace-name"), "rehearsal")
    press(chromium, "#data-trace-save")
    wait_for_text(chromium, "#data-trace-result", "rehearsal was created.")
    wait_for_text(chromium, ".data-table .data-name", "rehearsal")
    series = requests.get(f"{url}/datasets/rehearsal/series?timeframe=1d", timeout=60).json()["data"]
    assert sum(point["y"] for point in series) == pytest.approx(7 * 1440 * 1000, rel=0.2)
    assert_clean(chromium, url)


def test_without_a_network_the_recording_is_not_fetched_and_the_way_out_is_told(chromium, url):
    open_page(chromium, url, "?add=nasa")
    press(chromium, "#data-fetch")
    wait_for_text(chromium, "#job-data-fetch-text", "Requesting the logs from the archive")
    wait_for_text(chromium, "#data-fetch-result", "NASA-HTTP could not be fetched")
    wait_for_text(chromium, "#data-fetch-result", "the proxy that this machine is told to use")
    wait_for_text(chromium, "#data-fetch-result", "drop them together under 'Upload a log or CSV'")
    assert not chromium.find_element(By.ID, "job-data-fetch-running").is_displayed()
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)


@pytest.mark.parametrize("way", ["upload", "nasa", "synthetic", "collector"])
def test_every_way_fits_a_phone_in_the_dark(chromium, url, way):
    as_phone(chromium)
    prefer(chromium, "dark")
    open_page(chromium, url, f"?add={way}")
    wait_for(chromium, f".data-way-{way} .panel")
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)
