"""The main job over real HTTP, against a real server with two workers."""

from __future__ import annotations

import itertools
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

TIMEOUT_SECONDS = 120


def test_a_log_goes_in_and_forecasts_come_out(url, recordings):
    log = (recordings / "combined.log.gz").read_bytes()
    imported = requests.post(
        f"{url}/datasets", files={"file": ("access.log.gz", log)}, data={"name": "journey"}, timeout=TIMEOUT_SECONDS
    )
    assert imported.status_code == 201, imported.text
    report = imported.json()["report"]
    assert report["requests"] > 0
    series = requests.get(f"{url}/datasets/journey/series", {"timeframe": "15m"}, timeout=TIMEOUT_SECONDS).json()
    for model in ("xgboost", "lightgbm"):
        body = {"data": series["data"], "horizon": 12, "model_type": model, "timeframe": "15m"}
        answer = requests.post(f"{url}/forecast/predict", json=body, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text
        assert answer.json()["predictions"][0]["ds"] == series["end"]
    for _ in range(6):
        assert requests.get(f"{url}/datasets/journey", timeout=TIMEOUT_SECONDS).status_code == 200
    assert requests.delete(f"{url}/datasets/journey", timeout=TIMEOUT_SECONDS).status_code == 200


def test_both_workers_answer_at_once(url, points):
    body = {"data": points, "horizon": 12, "model_type": "xgboost", "timeframe": "5m"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: requests.post(f"{url}/forecast/predict", json=body, timeout=TIMEOUT_SECONDS).text, range(40)
            )
        )
    assert len(set(answers)) == 1
    assert json.loads(answers[0])["success"] is True


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    """A file of 200 MB that takes no room on the disk."""
    path = tmp_path / "zeros.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    return path


def test_a_body_of_200_megabytes_is_413(url, zeros):
    with zeros.open("rb") as body:
        headers = {"Content-Type": "application/json"}
        answer = requests.post(f"{url}/forecast/predict", data=body, headers=headers, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 413
    assert answer.json()["success"] is False


def test_an_upload_of_200_megabytes_is_read_and_refused_with_a_reason(url, zeros):
    with zeros.open("rb") as body:
        multipart = requests.Request("POST", url, files={"file": ("zeros.csv", b"MARK")}).prepare()
        head, _, tail = multipart.body.partition(b"MARK")
        blocks = itertools.chain([head], iter(lambda: body.read(1 << 20), b""), [tail])
        headers = {"Content-Type": multipart.headers["Content-Type"]}
        answer = requests.post(f"{url}/datasets?name=zeros", data=blocks, headers=headers, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 400, answer.text
    assert "zeros.csv" in answer.json()["message"]


def test_a_body_without_a_length_is_bounded_too(url):
    answer = requests.post(
        f"{url}/forecast/predict",
        data=iter([b"[" * 1_000_000] * 12),
        headers={"Content-Type": "application/json"},
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.status_code == 413


def exchange(url: str, raw: bytes) -> bytes:
    """What the server answers to these very bytes."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while block := connection.recv(65_536):
            received += block
    return received


HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"


@pytest.mark.parametrize("tail", [b"ZZ\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"5\r\nab"])
@pytest.mark.parametrize(
    "head",
    [HEAD % (b"/forecast/predict", b"application/json"), HEAD % (b"/datasets", b"multipart/form-data; boundary=b")],
)
def test_a_badly_chunked_body_is_the_senders_fault(url, head, tail):
    answer = exchange(url, head + b"Transfer-Encoding: chunked\r\n\r\n" + tail)
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("length", [b"5", b"-1", b"99999999999999999999", b"x"])
def test_a_wrong_length_is_the_senders_fault(url, length):
    head = HEAD % (b"/forecast/predict", b"application/json")
    answer = exchange(url, head + b"Content-Length: " + length + b"\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "path", [b"/datasets/%00", b"/datasets/%ff%fe", b"/%2e%2e/%2e%2e/etc/passwd", b"/assets/../wsgi.py"]
)
def test_a_strange_path_is_the_senders_fault(url, path):
    answer = exchange(url, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"root:" not in answer
