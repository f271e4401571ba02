"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from webapp import pages

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("forecasting", "webapp", "benchmarks", "scripts")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
OUTSIDE_THE_SERVICE_LAYER = {"dash", "dash_bootstrap_components", "flask", "plotly", "werkzeug", "gunicorn", "webapp"}
PAGES = sorted(path.parent.name for path in (ROOT / "webapp" / "pages").glob("*/__init__.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_sources():
    assert {path.parts[len(ROOT.parts)] for path in SOURCES} >= {"forecasting", "webapp"}


def test_the_service_layer_knows_nothing_of_the_web():
    wrong = {
        relative(path): names
        for path in SOURCES
        if path.is_relative_to(ROOT / "forecasting") and (names := set(imported(path)) & OUTSIDE_THE_SERVICE_LAYER)
    }
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES
    too_long = {
        node.name: length
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not too_long


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_the_same_files(page):
    folder = ROOT / "webapp" / "pages" / page
    assert {path.name for path in folder.glob("*.py")} >= {"page.py", "requests.py", "layout.py", "callbacks.py"}
    assert importlib.import_module(f"webapp.pages.{page}.page").PAGE in pages.PAGES


def test_the_changelog_begins_with_the_version_or_with_what_is_not_released_yet():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", text, flags=re.MULTILINE)
    assert len(heads) == len(re.findall(r"^## ", text, flags=re.MULTILINE))
    assert next(version for version, date in heads if date != "unreleased") == config["metadata"]["version"]
    assert [date for _, date in heads[1:] if date == "unreleased"] == []


@pytest.mark.parametrize("module", ["pickle", "joblib", "cloudpickle", "dill", "marshal", "shelve"])
def test_nothing_unpickles(module):
    assert not [relative(path) for path in SOURCES if module in imported(path)]
