"""Starting the server: its command, its configuration, and what its processes load."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from forecasting.settings import Settings
from tests.webapp.serving import ROOT, free_port, running_server
from webapp.app import serve
from webapp.app.processes import environment_of

HEAVY = ("keras", "jax", "prophet", "cmdstanpy", "numba", "matplotlib", "xgboost", "lightgbm")


def python(code: str, home: Path, **variables: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "DATAFLOW_HOME": str(home), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("box.example", "http://box.example:8000"),
    ],
)
def test_the_address_is_one_to_open(host, shown):
    assert serve.url(host, 8000) == shown


def test_a_taken_port_is_one_line_and_1(capsys, settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert serve.run(settings, "127.0.0.1", port, 1) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert f"127.0.0.1:{port}" in captured.err
    assert "--port" in captured.err


def test_a_host_that_is_not_here_is_one_line_and_1(capsys, settings):
    assert serve.run(settings, "203.0.113.1", 8000, 1) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_run_serves_with_the_given_settings_until_it_is_stopped(tmp_path):
    port = free_port()
    code = (
        "from pathlib import Path; from forecasting.settings import Settings; from webapp.app import serve; "
        f"serve.run(Settings(home=Path({str(tmp_path)!r}), read_only=True, max_points=77), '127.0.0.1', {port}, 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == (f"DataFlow Autoscaling is at http://127.0.0.1:{port} (Ctrl-C stops it)\n")
        assert requests.get(f"http://127.0.0.1:{port}/health", timeout=90).json()["read_only"] is True
        point = {"ds": "1995-08-01 00:00:00", "y": 1}
        body = {"data": [point] * 78, "horizon": 1, "model_type": "naive", "timeframe": "5m"}
        assert requests.post(f"http://127.0.0.1:{port}/forecast/predict", json=body, timeout=90).status_code == 413
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
        process.stdout.close()


def test_a_wrong_setting_is_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "webapp/app/gunicorn_conf.py", "wsgi:server"],
        cwd=ROOT,
        env={**os.environ, "DATAFLOW_HOME": str(tmp_path), "DATAFLOW_MAX_POINTS": "many"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "DATAFLOW_MAX_POINTS must be an integer of at least 1 (got 'many')."


def test_the_master_loads_no_numeric_library(tmp_path):
    """Workers are forked from it, and a forked OpenMP hangs."""
    code = "import sys, webapp.app.gunicorn_conf; print([m for m in ('numpy', 'pandas', 'dash') if m in sys.modules])"
    assert python(code, tmp_path).stdout.strip() == "[]"


def test_a_worker_starts_without_any_model_library(tmp_path):
    code = f"import sys, wsgi; print([m for m in {HEAVY} if m in sys.modules], wsgi.server is wsgi.app.server)"
    done = python(code, tmp_path)
    assert done.stdout.strip() == "[] True", done.stderr


def test_threads_are_limited_before_anything_is_imported(tmp_path):
    code = "import os, wsgi; print(os.environ['OMP_NUM_THREADS'], os.environ['NPROC'])"
    assert python(code, tmp_path, OMP_NUM_THREADS="3").stdout.split() == ["3", "1"]


def test_a_fresh_worker_has_the_files_of_every_page_before_it_draws_one(tmp_path, client):
    document = client.get("/", headers={"Accept": "text/html"}).text
    files = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', document)
    assert len(files) > 10
    with running_server(tmp_path / "home") as url:
        statuses = {file: requests.get(url + file, timeout=30).status_code for file in files}
    assert set(statuses.values()) == {200}, statuses


def test_two_homes_never_see_each_other(tmp_path, url):
    with running_server(tmp_path / "home") as other:
        files = {"file": ("a.csv", b"timestamp,requests_count\n1995-08-01 00:00:00,1\n1995-08-01 00:05:00,2\n")}
        assert requests.post(f"{url}/datasets", files=files, data={"name": "two-homes"}, timeout=60).status_code == 201
        assert requests.get(f"{url}/datasets/two-homes", timeout=60).status_code == 200
        assert requests.get(f"{other}/datasets/two-homes", timeout=60).status_code == 404


def test_settings_survive_the_change_of_process():
    settings = Settings(home=Path("/tmp/x"), read_only=True, max_points=5)
    assert Settings.from_environment(environment_of(settings)) == settings
