"""The API page in a browser: what is sent is what is shown, and what is copied runs as it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.browser.browsing import (
    as_phone,
    assert_clean,
    assert_fits,
    prefer,
    press,
    serious_issues,
    wait_for,
    wait_for_text,
    wait_until,
)

FETCH = (
    "const done = arguments[0], print = window.console, lines = [];"
    "const console = {log: (...words) => done(words.join(' '))};"
    "(async () => { %s })().catch(error => done('failed: ' + error));"
)
NASTY = {
    "ds": 'it\'s "quoted" \\ $HOME `id` é 🙂 %41 \n\t{[*?]}; # & | <b> ${x} \u2028',
    "words": [True, False, None, "true"],
    "numbers": [1.0, -0.5e-7, 12345678901234567890],
    "__proto__": {"a": 1},
    "": {},
}


def open_call(browser, url: str, call: str, **query: str) -> None:
    """Open the page at a call, with its snippets written."""
    rest = "".join(f"&{name}={value}" for name, value in query.items())
    browser.get(f"{url}/api?call={call.replace(' ', '+')}{rest}")
    wait_until(browser, lambda d: snippet(d, "curl"))


def snippet(browser, language: str) -> str:
    """The text of a snippet, shown or not."""
    return browser.find_element(By.ID, f"api-{language}").get_property("textContent")


def write(browser, where: str, name: str, text: str) -> None:
    """Put text into a field as if it was pasted."""
    browser.execute_script(
        "const field = document.getElementById(JSON.stringify({name: arguments[1], type: 'api-field',"
        " where: arguments[0]}));"
        "const kind = field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;"
        "Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, arguments[2]);"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        where,
        name,
        text,
    )


def send(browser) -> tuple[str, str]:
    """Send the request; the status line and the answer."""
    browser.execute_script("document.querySelectorAll('#api-status .badge').forEach(one => one.dataset.old = '')")
    press(browser, "#api-send")
    wait_until(browser, lambda d: d.find_elements(By.CSS_SELECTOR, "#api-status .badge:not([data-old])"))
    return browser.find_element(By.ID, "api-status").text, answer_text(browser)


def answer_text(browser) -> str:
    return browser.find_element(By.ID, "api-answer").get_property("textContent")


def run_curl(text: str, folder: Path) -> str:
    done = subprocess.run(["bash", "-euc", text], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(text: str, folder: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    status, _, body = done.stdout.partition(" ")
    assert status.isdigit()
    return body


def run_javascript(browser, text: str) -> str:
    status, _, body = browser.execute_async_script(FETCH % text).partition(" ")
    assert status.isdigit(), (status, body)
    return body


def run_everywhere(browser, folder: Path) -> list[str]:
    """What curl, Python and JavaScript answer to the snippets as they stand."""
    return [
        run_curl(snippet(browser, "curl"), folder),
        run_python(snippet(browser, "python"), folder),
        run_javascript(browser, snippet(browser, "javascript")),
    ]


@pytest.mark.parametrize(
    "call",
    [
        "POST /forecast/predict",
        "POST /forecast/predict/csv",
        "GET /datasets/{name}/series",
        "GET /scaling/export/{dataset}",
        "POST /datasets",
        "PATCH /datasets/{name}",
        "DELETE /datasets/{name}",
    ],
)
def test_the_snippets_run_and_answer_what_the_page_answers(chromium, url, tmp_path, call):
    open_call(chromium, url, call, timeframe="5m")
    _, shown = send(chromium)
    answers = run_everywhere(chromium, tmp_path)
    if shown[0] == "{":
        assert [json.loads(answer) for answer in answers] == [json.loads(shown)] * 3
    else:
        assert [answer.strip() for answer in answers] == [shown.strip()] * 3


def test_any_text_is_quoted_as_it_must_be(chromium, url, tmp_path):
    open_call(chromium, url, "POST /forecast/predict")
    for text in (json.dumps(NASTY, indent=2, ensure_ascii=False), json.dumps(NASTY), '{"broken": \'"\' `', "@file", ""):
        write(chromium, "body", "json", text)
        _, shown = send(chromium)
        answers = run_everywhere(chromium, tmp_path)
        assert [json.loads(answer) for answer in answers] == [json.loads(shown)] * 3
        assert json.loads(shown)["success"] is False


def test_the_bodies_that_the_snippets_send_are_the_same(chromium, url, tmp_path):
    text = json.dumps({"name": NASTY["ds"]}, ensure_ascii=False)
    open_call(chromium, url, "PATCH /datasets/{name}")
    write(chromium, "path", "name", "a/b 'c' \"d\" é?#%")
    write(chromium, "body", "json", text)
    wait_until(chromium, lambda d: "%C3%A9" in snippet(d, "curl") and "🙂" in snippet(d, "curl"))
    _, shown = send(chromium)
    answers = run_everywhere(chromium, tmp_path)
    assert [json.loads(answer) for answer in answers] == [json.loads(shown)] * 3
    assert "not found" in shown or "no data set" in shown or "name" in shown


def test_a_file_of_ones_own_is_sent_and_named(chromium, url, tmp_path):
    rows = "".join(f"2026-03-02 {n // 4:02d}:{n % 4 * 15:02d}:00,{100 + n}\n" for n in range(96))
    file = tmp_path / 'it\'s "mine"; v1.csv'
    file.write_text(f"timestamp,requests_count\n{rows}")
    open_call(chromium, url, "POST /datasets")
    chromium.find_element(By.CSS_SELECTOR, ".api-own-files input").send_keys(str(file))
    wait_until(chromium, lambda d: "mine" in snippet(d, "curl"))
    assert not chromium.find_element(By.CSS_SELECTOR, ".api-file textarea").is_displayed()
    status, shown = send(chromium)
    assert status.startswith("200")
    assert json.loads(shown)["report"]["bins"] == 96
    for answer in run_everywhere(chromium, tmp_path)[:2]:
        assert json.loads(answer) == json.loads(shown)


def test_a_journey_from_the_list_to_an_error_and_back(chromium, url):
    chromium.get(f"{url}/api?timeframe=5m")
    wait_for_text(chromium, ".api-head", "/forecast/predict")
    status, shown = send(chromium)
    assert status.startswith("200 OK")
    assert " ms · " in status
    assert json.loads(shown)["timeframe"] == "5m"
    press(chromium, '.api-call[href*="metrics"]')
    wait_for_text(chromium, ".api-head", "/metrics")
    assert "call=GET+%2Fmetrics" in chromium.current_url
    assert "timeframe=5m" in chromium.current_url
    assert answer_text(chromium) == ""
    wait_for_text(chromium, "#api-line", "GET /metrics/lightgbm/5m")
    write(chromium, "query", "model_set", "absent one")
    wait_for_text(chromium, "#api-line", "model_set=absent%20one")
    assert chromium.get_log("browser") == []
    status, shown = send(chromium)
    assert status.startswith("400")
    assert json.loads(shown)["errors"][0]["field"] == "model_set"
    write(chromium, "query", "model_set", "")
    status, _ = send(chromium)
    assert status.startswith("200")
    chromium.back()
    wait_for_text(chromium, ".api-head", "/forecast/predict")


def test_a_part_of_the_address_that_is_empty_is_asked_for(chromium, url):
    open_call(chromium, url, "GET /datasets/{name}")
    write(chromium, "path", "name", "")
    wait_until(chromium, lambda d: snippet(d, "curl") == "Fill in name.")
    status, shown = send(chromium)
    assert (status, shown) == ("Not sent", "Fill in name: it is part of the address.")


def test_a_long_answer_is_cut_and_whole_to_download(chromium, url, tmp_path):
    chromium.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    open_call(chromium, url, "GET /datasets/{name}/series")
    for name in ("start", "end"):
        write(chromium, "query", name, "")
    status, shown = send(chromium)
    assert status.startswith("200")
    assert len(shown) == 20_000
    wait_for_text(chromium, "#api-note", "The first 20,000 of")
    press(chromium, ".api-download")
    (file,) = wait_until(chromium, lambda _: list(tmp_path.glob("*.json")))
    assert len(json.loads(file.read_text())["data"]) > 80_000


def test_another_data_set_fills_the_request_anew(chromium, url):
    open_call(chromium, url, "POST /scaling/recommend")
    press(chromium, '.api-row input[value="15m"]')
    wait_until(chromium, lambda d: '"timeframe": "15m"' in snippet(d, "curl"))
    assert "call=POST" in chromium.current_url


def test_the_language_is_remembered(chromium, url):
    open_call(chromium, url, "GET /health")
    press(chromium, '#api-language input[value="python"]')
    wait_for_text(chromium, "#api-python", "import requests")
    press(chromium, '.api-call[href*="prices"]')
    wait_for_text(chromium, "#api-python", "/cost/prices")
    assert not chromium.find_element(By.ID, "api-curl").is_displayed()


def test_a_snippet_is_copied(chromium, url):
    chromium.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"], "origin": url})
    open_call(chromium, url, "GET /health")
    press(chromium, ".api-copy.api-of-curl")
    wait_for_text(chromium, ".api-copy", "Copied")
    copied = chromium.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == snippet(chromium, "curl") == f"curl -sS '{url}/health'"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_form_with_an_answer_has_no_serious_accessibility_issue(chromium, url, scheme):
    prefer(chromium, scheme)
    open_call(chromium, url, "POST /datasets")
    press(chromium, ".panel details summary")
    assert send(chromium)[0].startswith("200")
    assert serious_issues(chromium) == []


def test_on_a_phone_the_list_opens_and_nothing_sticks_out(chromium, url):
    as_phone(chromium)
    open_call(chromium, url, "GET /scaling/recommendation/{dataset}")
    assert_fits(chromium)
    assert not chromium.find_element(By.ID, "calls").is_displayed()
    press(chromium, ".api-calls .context-chip")
    wait_for(chromium, "#calls .api-call")
    send(chromium)
    assert_fits(chromium)
    assert serious_issues(chromium) == []
    assert_clean(chromium, url)
