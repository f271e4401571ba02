"""The house rules that a machine can check: direction of imports, sizes, names, and what may not be used."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest

from webapp import pages

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("forecasting", "webapp", "benchmarks", "scripts")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("forecasting", "webapp")]
PAGES = sorted(path.parent.name for path in (ROOT / "webapp" / "pages").glob("*/__init__.py"))
OUTSIDE_THE_SERVICE_LAYER = {"dash", "dash_bootstrap_components", "flask", "plotly", "werkzeug", "gunicorn", "webapp"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_MODULES = 16
MAX_FUNCTION_IMPORTS = 45

FOUNDATION = "errors plain_names settings paths version progress deadline file_cache memory validation database"
ORDERS = {
    "forecasting": (
        *FOUNDATION.split(),
        *(
            "timeseries",
            "readers",
            "sources",
            "catalog",
            "access",
            "forecasters",
            "backtests",
            "model_sets",
            "prediction",
        ),
        *("hindcasts", "analysis", "evaluation", "scaling", "jobs", "fleet", "cli"),
    ),
    "forecasting/scaling": ("kernels", "config", "worth", "policies", "recommendation", "simulation", "comparison"),
    "webapp": ("server", "context", "http", "access", "ui", "jobs", "api", "pages", "app"),
}
"""By package, its modules and folders in the order in which they may import one another: only those before."""

CONTEXT = {
    f"app/{name}"
    for name in ("context", "json_cache", "json_values", "processes", "redis_cache", "result_cache", "shipped_answers")
}
"""Modules of webapp/app that everything may import: the state of a process. The rest of the folder assembles it all."""

SIBLINGS = {("forecasting", "evaluation", "scaling"), ("webapp", "api", "pages")}
"""Pairs of one package, neither of which may import the other."""

TWO_OF_ONE_NAME = {
    "__init__": "every package has one",
    "__main__": "every package that can be run has one",
}
"""Module names that may stand in two folders of `forecasting`, and why."""


UNPICKLING = ("pickle", "joblib", "cloudpickle", "dill", "marshal", "shelve")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports, anywhere in it and under TYPE_CHECKING too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def places(package: str) -> Iterator[tuple[Path, str, str]]:
    """Yield (file, its place in the package, the place that it imports) for every import within a package."""
    prefix = package.replace("/", ".") + "."
    for path in (ROOT / package).rglob("*.py"):
        own = place_of(list(path.relative_to(ROOT / package).with_suffix("").parts))
        for name in imported(path):
            if own != "__init__" and name.startswith(prefix):
                yield path, own, place_of(name.removeprefix(prefix).split("."))


def place_of(parts: list[str]) -> str:
    """Return the place in the order of a module by its path within a package."""
    return "context" if "/".join(parts[:2]) in CONTEXT else parts[0]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def indented_imports() -> list[str]:
    """The imports inside functions and other blocks of the product, as file:line."""
    return [
        f"{relative(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset > 0
    ]


def test_the_service_layer_imports_nothing_of_the_web():
    wrong = {
        relative(path): names
        for path in SOURCES
        if path.is_relative_to(ROOT / "forecasting") and (names := tops(path) & OUTSIDE_THE_SERVICE_LAYER)
    }
    assert not wrong


@pytest.mark.parametrize("package", ORDERS)
def test_a_folder_imports_only_from_those_before_it(package: str):
    order = ORDERS[package]
    wrong = sorted(
        {
            f"{relative(path)} -> {package}/{theirs}"
            for path, own, theirs in places(package)
            if own != theirs and own in order and theirs in order and order.index(theirs) > order.index(own)
        }
    )
    assert not wrong


@pytest.mark.parametrize("package", ORDERS)
def test_every_module_of_a_package_has_its_place_in_the_order(package: str):
    there = {path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py"} | {
        path.name for path in (ROOT / package).iterdir() if (path / "__init__.py").is_file()
    }
    assert there - {"__init__"} - set(ORDERS[package]) == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_the_same_files(page: str):
    folder = ROOT / "webapp" / "pages" / page
    assert {path.name for path in folder.glob("*.py")} >= {"page.py", "requests.py", "layout.py", "callbacks.py"}
    assert importlib.import_module(f"webapp.pages.{page}.page").PAGE in pages.PAGES


@pytest.mark.parametrize(("package", "one", "other"), sorted(SIBLINGS))
def test_siblings_do_not_import_each_other(package: str, one: str, other: str):
    pair = {one, other}
    wrong = sorted(
        {f"{relative(path)} -> {package}/{theirs}" for path, own, theirs in places(package) if {own, theirs} == pair}
    )
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_and_functions_stay_small(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions(path)}
    assert not {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES}


def test_folders_stay_small():
    modules: dict[str, int] = defaultdict(int)
    for path in PRODUCT:
        modules[relative(path.parent)] += path.stem != "__init__"
    assert not {folder: count for folder, count in modules.items() if count > MAX_MODULES}


def test_no_module_name_is_used_twice_in_the_service_layer():
    where: dict[str, list[str]] = defaultdict(list)
    for path in (ROOT / "forecasting").rglob("*.py"):
        if path.stem != path.parent.name:  # analysis/facts/facts.py is what its folder is about
            where[path.stem].append(relative(path))
    twice = {name: paths for name, paths in where.items() if len(paths) > 1 and name not in TWO_OF_ONE_NAME}
    assert not twice


def test_few_imports_stand_inside_functions():
    there = indented_imports()
    assert len(there) <= MAX_FUNCTION_IMPORTS, "\n".join(there)


def test_no_function_takes_whatever_it_is_given():
    wrong = [
        f"{relative(path)}:{node.lineno} {node.name}(**{node.args.kwarg.arg}: object)"
        for path in PRODUCT
        for node in functions(path)
        if node.args.kwarg and isinstance(node.args.kwarg.annotation, ast.Name)
        if node.args.kwarg.annotation.id == "object"
    ]
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_unpickles(path: Path):
    assert not tops(path) & set(UNPICKLING)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


def test_the_changelog_begins_with_the_version_or_with_what_is_not_released_yet():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", text, flags=re.MULTILINE)
    assert len(heads) == len(re.findall(r"^## ", text, flags=re.MULTILINE))
    assert next(version for version, date in heads if date != "unreleased") == config["metadata"]["version"]
    assert [date for _, date in heads[1:] if date == "unreleased"] == []
