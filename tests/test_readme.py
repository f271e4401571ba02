"""The README is run: its examples against a real server, its tables and messages against the code."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import yaml

from forecasting.settings import VARIABLES, Settings
from webapp.app.cli import main, root_command

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PRINTED_URL = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def table_rows(heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading, cells stripped."""
    body = re.search(rf"^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, flags=re.MULTILINE)[1]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines()]


def code_of(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


@dataclass(frozen=True)
class Place:
    """A server, and the folder and environment in which the examples run."""

    url: str
    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a command in the folder; its standard output. Fails with what it printed where it fails."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def access_log() -> str:
    """Two days of a small shop in Combined Log Format."""
    line = '192.0.2.{} - - [{:02d}/Mar/2026:{:02d}:{:02d}:30 +0100] "GET /item/{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
    minutes = ((day, hour, minute) for day in (2, 3) for hour in range(24) for minute in range(60))
    return "".join(
        line.format(copy, day, hour, minute, minute)
        for day, hour, minute in minutes
        for copy in range(1, 3 + (hour + minute) % 4)
    )


def requests_csv() -> str:
    """A day of counts every 15 minutes."""
    rows = (f"2026-03-02 {n // 4:02d}:{n % 4 * 15:02d}:00,{100 + n}" for n in range(96))
    return "\n".join(["timestamp,requests_count", *rows, ""])


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, server: subprocess.Popen, log: Path) -> None:
    """Return when the server answers; fail with its log where it ends or does not within a minute."""
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    """`dataflow serve` on a free loopback port with a home of its own."""
    folder = tmp_path_factory.mktemp("readme")
    commands = folder / "bin"
    commands.mkdir()
    script = commands / "dataflow"
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom webapp.app.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)
    (folder / "access.log").write_text(access_log())
    (folder / "error.log").write_text("[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6\n")
    (folder / "requests.csv").write_text(requests_csv())
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATAFLOW_HOME": str(folder / "home"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "no_proxy": "127.0.0.1",
    }
    log = folder / "server.log"
    with (
        log.open("w") as output,
        subprocess.Popen([str(script), "serve"], cwd=folder, env=environment, stdout=output, stderr=output) as server,
    ):
        found = Place(f"http://127.0.0.1:{port}", folder, environment)
        try:
            wait_until_healthy(found.url, server, log)
            yield found
        finally:
            server.send_signal(signal.SIGTERM)


@pytest.fixture
def dataflow(place, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    """Call the command line in the server's folder and home; exit code, standard output, standard error."""
    monkeypatch.chdir(place.folder)
    for variable, value in place.environment.items():
        monkeypatch.setenv(variable, value)

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        return (main(words), *capfd.readouterr())

    return call


def answers(printed: str) -> list[dict]:
    """What several curl calls printed one after another: JSON answers, and a manifest in YAML as the last."""
    decoder, found, rest = json.JSONDecoder(), [], printed.strip()
    while rest.startswith("{"):
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return [*found, yaml.safe_load(rest)] if rest else found


def worked(answer: dict) -> bool:
    """Whether an answer of the API says so, or a manifest is one that a cluster takes."""
    return answer.get("success") is True or {"apiVersion", "kind", "metadata", "spec"} <= answer.keys()


class TestExamples:
    """In the README's order: later examples use the files that earlier ones wrote."""

    @pytest.mark.parametrize("block", blocks("bash"), ids=lambda block: block.split("\n")[0][:50])
    def test_shell_examples_with_curl(self, place, block):
        assert PRINTED_URL in block
        printed = place.run("bash", "-euo", "pipefail", "-c", block.replace(PRINTED_URL, place.url))
        found = answers(printed[printed.index("{") :])
        assert len(found) == block.count("curl")
        assert all(map(worked, found)), found

    @pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.split("\n")[-2][:50])
    def test_python_examples(self, place, block):
        assert place.run(sys.executable, "-W", "error", "-c", block.replace(PRINTED_URL, place.url)).strip()

    def test_command_examples(self, place):
        lines = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
        for line in lines:
            assert line.startswith("dataflow ")
            assert place.run(*shlex.split(line, comments=True)).strip(), line
        header = (place.folder / "forecasts.csv").read_text().splitlines()[0]
        assert header.startswith("origin,step,ds,y,yhat,q2.5,q5,q10,q20,")


class TestTables:
    def test_every_setting_with_its_default(self):
        written = {code_of(name)[0]: code_of(default)[0] for name, default, _ in table_rows("variable")}
        assert written.keys() == set(VARIABLES.values())
        del written["DATAFLOW_HOME"]
        fields = {variable: name for name, variable in VARIABLES.items()}
        for variable, default in written.items():
            value = getattr(Settings(), fields[variable])
            assert default == (str(int(value)) if isinstance(value, bool | int) else value), variable

    def test_every_command(self):
        def leaves(command: click.Command, path: str) -> Iterator[str]:
            children = getattr(command, "commands", None)
            if children is None:
                yield path
            for name, child in (children or {}).items():
                yield from leaves(child, f"{path} {name}")

        written = [code_of(row[0])[0] for row in table_rows("command")]
        assert sorted(written) == sorted(leaves(root_command(), "dataflow"))

    def test_every_endpoint(self, place):
        with urllib.request.urlopen(f"{place.url}/openapi.json", timeout=10) as answer:
            paths = json.load(answer)["paths"]
        served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        written = {code_of(row[0])[0] for row in table_rows("call")}
        assert written == served | {"GET /"}

    def test_every_import_format(self):
        from forecasting.readers import FORMATS

        assert {name for row in table_rows("format") for name in code_of(row[0])} == set(FORMATS)

    def test_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#]+)\)", README):
            assert target.startswith("https://") or (ROOT / target).exists(), target


def too_many_points(place: Place) -> str:
    """What the API answers to one point more than it takes."""
    points = [{"ds": f"{1900 + year}-01-{day:02d} 00:00:00", "y": 1} for year in range(4000) for day in range(1, 27)]
    body = {"data": points, "horizon": 1, "model_type": "naive", "timeframe": "5m"}
    asked = urllib.request.Request(f"{place.url}/forecast/predict", json.dumps(body).encode())
    asked.add_header("Content-Type", "application/json")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(asked, timeout=30)
    return caught.value.read().decode()


PREDICT = ("predict", "--timeframe", "15m", "--horizon", "1", "--dataset")
TRAIN = ("train", "--model", "lightgbm", "--timeframe", "15m", "--dataset")
BACKTEST = ("backtest", "--model", "lightgbm", "--timeframe", "15m", "--dataset")
MESSAGES = {
    "cannot be used: Address already in use": [("serve",)],
    "Data set 'absent' not found": [("data", "show", "absent")],
    "Data set 'shop' already exists": [("data", "import", "--name", "shop", "access.log")] * 2,
    "none with a request or a status": [("data", "import", "--name", "errors", "error.log")],
    "model must be one of hybrid": [(*PREDICT, "sample", "--model", "arima")],
    "Model set 'absent' not found": [(*PREDICT, "sample", "--model", "naive", "--model-set", "absent")],
    "training needs 400": [("data", "import", "--name", "sales", "requests.csv"), (*TRAIN, "sales")],
    "was trained on all of 'small'": [
        ("data", "generate", "small", "--days", "6"),
        (*TRAIN, "small"),
        (*BACKTEST, "small"),
    ],
    "Zero-shot": [(*PREDICT, "sample", "--model", "naive", "--model-set", "nasa-http")],
}
"""What each message of the table says, and the commands of which the last one says it."""


def written_message(part: str) -> str:
    """The one message of the table that has this part."""
    (written,) = (text for text in (code_of(row[0])[0] for row in table_rows("message")) if part in text)
    return written


class TestTroubleshooting:
    @pytest.mark.parametrize("part", MESSAGES)
    def test_the_commands_say_what_is_written(self, place, dataflow, part):
        said = [dataflow(*words)[2] for words in MESSAGES[part]][-1]
        port = place.environment["PORT"]
        assert written_message(part) in said.replace(f"127.0.0.1:{port}", "127.0.0.1:8000")

    def test_a_read_only_install_says_what_is_written(self, dataflow, monkeypatch):
        monkeypatch.setenv("DATAFLOW_READ_ONLY", "1")
        assert written_message("read-only") in dataflow("data", "remove", "shop")[2]

    def test_the_api_says_what_is_written(self, place):
        assert written_message("DATAFLOW_MAX_POINTS") in too_many_points(place)

    def test_make_says_what_is_written(self):
        assert written_message("Python 3.11 or 3.12") in (ROOT / "Makefile").read_text()

    def test_every_written_message_is_tested(self):
        assert len(table_rows("message")) == len(MESSAGES) + 3


def test_the_accuracy_tables_are_those_of_the_saved_result():
    spec = importlib.util.spec_from_file_location("accuracy_table", ROOT / "scripts" / "accuracy_table.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    between = README.split(script.BEGIN)[1].split(script.END)[0]
    assert between.strip() == script.text(script.saved())
