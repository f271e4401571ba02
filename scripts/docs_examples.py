"""Run the blocks of the documentation against a real server, or write what they print into the pages.

python -m scripts.docs_examples                      run every page and name the outputs that are outdated
python -m scripts.docs_examples --write [PAGE ...]   put what the commands print now into the console blocks
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.docs_blocks import ROOT, Block, blocks_of, commands_of, contains, matches, pages, refreshed

PRINTED_URL, PRINTED_PORT = "http://127.0.0.1:8000", "8000"
START_SECONDS, COMMAND_SECONDS = 60, 120
SCRIPT = "#!{python}\nimport sys\nfrom webapp.app.cli import main\nsys.exit(main())\n"
PROGRESS = re.compile(r"^.*%\|.*\|.*$")


class Outdated(AssertionError):
    """A block does not do what its page says."""


@dataclass
class Scenario:
    """One page: a folder of its own, the server and the home that all pages share, the last answers of curl."""

    folder: Path
    port: int
    environment: dict[str, str]
    answers: list[Any]

    def run(self, block: Block) -> None:
        """Run a block; raises Outdated if it fails or prints something else than the page shows."""
        if block.title:
            (self.folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "bash":
            self.answers = self._curl_answers(block)
        elif block.language == "json":
            check(any(contains(answer, json.loads(block.text)) for answer in self.answers), block, self.answers)
        elif block.language == "python":
            check(bool(self._output(sys.executable, "-W", "error", "-c", block.text).strip()), block, "no output")
        elif block.language == "console":
            for command in commands_of(block):
                printed = self.printed(command.text, command.exit_status)
                check(bool(printed.strip()), block, f"{command.text} printed nothing")
                check(not command.output or matches(command.output, printed), block, printed)

    def printed(self, command: str, exit_status: int = 0) -> str:
        """What a command of a console block prints, progress bars left out."""
        text = self._output("bash", "-c", command, exit_status=exit_status)
        lines = (line.rpartition("\r")[2] for line in text.splitlines())
        return "\n".join(line for line in lines if not PROGRESS.match(line))

    def _curl_answers(self, block: Block) -> list[Any]:
        printed = self._output("bash", "-euo", "pipefail", "-c", block.text)
        answers = read_answers(printed)
        check(len(answers) >= block.text.count("curl"), block, printed)
        check(all(map(succeeded, answers)), block, printed)
        return answers

    def _output(self, *command: str, exit_status: int = 0) -> str:
        url = f"http://127.0.0.1:{self.port}"
        done = subprocess.run(
            [part.replace(PRINTED_URL, url) for part in command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        printed = done.stdout.decode().replace(f"127.0.0.1:{self.port}", f"127.0.0.1:{PRINTED_PORT}")
        if done.returncode != exit_status:
            raise Outdated(f"exit status {done.returncode} of {command[-1]}\n{printed}")
        return printed


def check(holds: bool, block: Block, printed: object) -> None:
    """Raise Outdated with the block and what was printed, unless `holds`."""
    if not holds:
        raise Outdated(f"{block.name}\n{block.text}\nprinted:\n{printed}")


def read_answers(printed: str) -> list[Any]:
    """The JSON answers, and perhaps a manifest as the last, that curl printed; other output before them is left out."""
    begin = re.search(r"^(\{|# )", printed, flags=re.MULTILINE)
    decoder, answers, rest = json.JSONDecoder(), [], printed[begin.start() :].strip() if begin else ""
    while rest.startswith("{"):
        value, end = decoder.raw_decode(rest)
        answers.append(value)
        rest = rest[end:].strip()
    return [*answers, yaml.safe_load(rest)] if rest else answers


def succeeded(answer: Any) -> bool:
    """Whether an answer reports success, a failure that the page explains, or a manifest that a cluster takes."""
    return isinstance(answer, dict) and (
        answer.get("success") is True or {"apiVersion", "kind", "metadata", "spec"} <= answer.keys()
    )


def free_port() -> int:
    """A loopback port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Place:
    """A running server with its home; each page gets a scenario in a folder below."""

    folder: Path
    port: int
    environment: dict[str, str]

    def scenario(self, page: str) -> Scenario:
        """A fresh scenario of a page."""
        folder = self.folder / "pages" / page.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        return Scenario(folder, self.port, self.environment, [])


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """`dataflow serve` on a free loopback port with a home in `folder`; stopped at the end."""
    commands = folder / "bin"
    commands.mkdir()
    script = commands / "dataflow"
    script.write_text(SCRIPT.format(python=sys.executable))
    script.chmod(0o755)
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATAFLOW_HOME": str(folder / "home"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "COLUMNS": "100",
        "no_proxy": "127.0.0.1",
    }
    log = folder / "server.log"
    with (
        log.open("w") as output,
        subprocess.Popen([str(script), "serve"], cwd=folder, env=environment, stdout=output, stderr=output) as server,
    ):
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", server, log)
            yield Place(folder, port, environment)
        finally:
            server.send_signal(signal.SIGTERM)


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; raises Outdated with its log if it ends or does not answer in time."""
    for _ in range(10 * START_SECONDS):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise Outdated(log.read_text())


def rewrite(page: str, scenario: Scenario) -> None:
    """Run a page and put what its commands print into its console blocks, where the page shows an output."""
    path = ROOT / page
    text, shift = path.read_text(encoding="utf-8"), 0
    for block in blocks_of(page):
        if block.reason:
            continue
        if block.language != "console":
            try:
                scenario.run(block)
            except Outdated as error:
                print(f"{block.name}: {error}")
            continue
        new = console_text(block, scenario)
        text = text[: block.start + shift] + new + text[block.end + shift :]
        shift += len(new) - (block.end - block.start)
    path.write_text(text, encoding="utf-8")


def console_text(block: Block, scenario: Scenario) -> str:
    """The text of a console block with the outputs of now; those that still match stay as they are."""
    parts = []
    for command in commands_of(block):
        first, *more = command.text.splitlines()
        parts += [f"$ {first}", *(f"> {line}" for line in more)]
        printed = scenario.printed(command.text, command.exit_status)
        if command.output:
            parts.append(command.output if matches(command.output, printed) else refreshed(command.output, printed))
    return "\n".join(parts) + "\n"


def main() -> int:
    """Run what the command line wants; 1 if a page is outdated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", metavar="PAGE", default=pages())
    parser.add_argument("--write", action="store_true", help="write what is printed now into the pages")
    options = parser.parse_args()
    outdated = 0
    with tempfile.TemporaryDirectory() as folder, place(Path(folder)) as running:
        for page in options.pages:
            began = time.perf_counter()
            scenario = running.scenario(page)
            if options.write:
                rewrite(page, scenario)
            for block in () if options.write else blocks_of(page):
                try:
                    if not block.reason:
                        scenario.run(block)
                except Outdated as error:
                    outdated += 1
                    print(error)
            print(f"{page}: {time.perf_counter() - began:.1f} s")
    return int(outdated > 0)


if __name__ == "__main__":
    raise SystemExit(main())
