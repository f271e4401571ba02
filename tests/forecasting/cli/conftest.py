"""How the tests of the command line call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from webapp.app.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """Standard output as JSON, which must be all of it."""
        return json.loads(self.out)


@pytest.fixture
def dataflow(tmp_path, monkeypatch, capfd) -> Callable[..., Done]:
    """Call `dataflow` with words, in a home and a working folder of the test's own."""
    monkeypatch.setenv("DATAFLOW_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def call(*words: object) -> Done:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Done(code, *capfd.readouterr())

    return call
