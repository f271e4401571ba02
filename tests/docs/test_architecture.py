"""ARCHITECTURE.md is true: its picture is the order of imports, and every file that it names exists."""

from __future__ import annotations

import ast
import re

from scripts.docs_blocks import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FORECASTING = ROOT / "forecasting"
WRITTEN_WHEN_RUN = {"cache/", "results/", "means/", "model-files/", "nasa-http/", "job-dispatcher.lock"}


def folders_in_the_picture() -> list[str]:
    """The folders of `forecasting`, from the highest down."""
    return re.findall(r"^\|   ([a-z_]+) +\S", TEXT.split("| forecasting")[1].split("```")[0], flags=re.MULTILINE)


def folders_imported_by(folder: str) -> set[str]:
    """The folders of `forecasting` from which the modules of a folder import."""
    nodes = [
        node
        for path in (FORECASTING / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [name.split(".") for name in names if name.startswith("forecasting.")]
    return {part[1] for part in parts if (FORECASTING / part[1]).is_dir()}


def test_the_picture_has_every_folder():
    assert sorted(folders_in_the_picture()) == sorted(path.parent.name for path in FORECASTING.glob("*/__init__.py"))


def test_a_folder_imports_only_from_those_below_it():
    order = folders_in_the_picture()
    upwards = {
        folder: higher
        for position, folder in enumerate(order)
        if (higher := folders_imported_by(folder) & set(order[:position]))
    }
    assert upwards == {}


def test_evaluation_and_scaling_do_not_know_each_other():
    assert "evaluation" not in folders_imported_by("scaling")
    assert "scaling" not in folders_imported_by("evaluation")


def test_every_file_that_is_named_exists():
    names = re.findall(r"`([a-z_./-]+(?:\.py|/))`", TEXT)
    assert len(names) > 30
    places = (ROOT, FORECASTING, ROOT / "webapp")
    missing = [name for name in names if not any((place / name).exists() for place in places)]
    files = {path.name for folder in ("forecasting", "webapp") for path in (ROOT / folder).rglob("*.py")}
    assert [name for name in missing if name not in files | WRITTEN_WHEN_RUN] == []
