"""What is installed: the dependencies that are declared, the lock, and the wheel with its shipped files."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [path for package in ("forecasting", "webapp") for path in (ROOT / package).rglob("*.py")]
NEVER_IMPORTED = {
    "dash-bootstrap-components": "its css and js",
    "flask-openapi3-swagger": "its js",
    "flask-openapi3-redoc": "its js",
    "bootstrap-flask": "its css and js",
    "gunicorn": "started as a program",
    "jax": "chosen as Keras's backend",
    "psycopg": "SQLAlchemy's driver for PostgreSQL",
    "tzdata": "read by zoneinfo where the system has no time zones",
}


def setup() -> ConfigParser:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def declared(extra: str | None = None) -> dict[str, Requirement]:
    """What setup.cfg asks for by canonical name: to run, or in an extra."""
    config = setup()
    text = config["options.extras_require"][extra] if extra else config["options"]["install_requires"]
    found = map(Requirement, text.split())
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def pinned(file: str) -> dict[str, str]:
    """The versions that a lock pins by canonical name; anything but exact pins, comments and the project fails."""
    lines = (ROOT / file).read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#") and line != "--editable ."]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in pins)
    return {canonicalize_name(name): version for name, version in (pin.split("==") for pin in pins)}


class TestDependencies:
    def test_every_import_is_declared_and_everything_declared_is_imported(self):
        own, owners = {"forecasting", "webapp"}, packages_distributions()
        names = {name for path in SOURCES for name in imports_of(path)} - own - sys.stdlib_module_names
        used = {canonicalize_name(owner) for name in names for owner in owners[name]}
        assert used - declared().keys() == set()
        assert declared().keys() - used - NEVER_IMPORTED.keys() == set()

    def test_every_import_of_the_tests_is_declared(self):
        own, owners = {"forecasting", "webapp", "benchmarks", "scripts", "tests"}, packages_distributions()
        names = {name for path in (ROOT / "tests").rglob("*.py") for name in imports_of(path)}
        used = {canonicalize_name(owner) for name in names - own - sys.stdlib_module_names for owner in owners[name]}
        assert used - declared().keys() - declared("test").keys() == set()

    @pytest.mark.parametrize("extra", [None, "test", "docs", "coverage"])
    def test_every_declared_dependency_is_bounded(self, extra):
        open_ended = {"tzdata", "packaging", "regex", *(name for name in declared(extra) if name.startswith("types-"))}
        for name, requirement in declared(extra).items():
            operators = {clause.operator for clause in requirement.specifier}
            assert operators == ({">="} if name in open_ended else {">=", "<"}), name

    @pytest.mark.parametrize(
        ("file", "extra"),
        [("requirements.txt", None), ("requirements-test.txt", "test"), ("requirements-test.txt", "docs")],
    )
    def test_the_lock_pins_what_is_declared_within_its_bounds(self, file, extra):
        pins = pinned("requirements.txt") | pinned(file)
        for name, requirement in declared(extra).items():
            assert requirement.specifier.contains(pins[name]), name

    def test_the_lock_is_complete(self):
        """Nothing that a pinned distribution needs is left to chance."""
        pins = pinned("requirements.txt")
        for name in pins:
            for need in map(Requirement, distribution(name).requires or []):
                if need.marker is None or need.marker.evaluate({"extra": ""}):
                    assert canonicalize_name(need.name) in pins, f"{name} needs {need}"

    def test_no_test_tool_is_locked_for_running(self):
        assert not pinned("requirements.txt").keys() & (declared("test").keys() - {"packaging"})
        assert not pinned("requirements.txt").keys() & pinned("requirements-test.txt").keys()

    def test_the_lock_installs_the_project_itself(self):
        assert "--editable ." in (ROOT / "requirements.txt").read_text().splitlines()


def imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}


def test_every_package_is_listed():
    listed = setup()["options"]["packages"].split()
    shipped = [line.split(" = ")[0] for line in setup()["options"]["package_dir"].split("\n") if line]
    found = [
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for top in ("forecasting", "webapp")
        for path in (ROOT / top).rglob("__init__.py")
    ]
    assert sorted(listed) == sorted(found + shipped)


def test_the_supported_pythons_are_said_alike_everywhere():
    named = re.findall(r"Python :: (3\.\d+)", setup()["metadata"]["classifiers"])
    first, last = (int(version.split(".")[1]) for version in (named[0], named[-1]))
    assert setup()["options"]["python_requires"] == f">=3.{first},<3.{last + 1}"
    matrix = re.search(r"python: (\[.*\])", (ROOT / ".github/workflows/test.yml").read_text())[1]
    assert json.loads(matrix) == named
    assert f"(3, {first}) <= sys.version_info < (3, {last + 1})" in (ROOT / "Makefile").read_text()
    assert (ROOT / ".python-version").read_text().strip() in named
    assert re.search(r"FROM python:(3\.\d+)-slim", (ROOT / "Dockerfile").read_text())[1] in named


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The real wheel, built offline from a copy of the tree."""
    copy = tmp_path_factory.mktemp("source") / "project"
    kept = ("forecasting", "webapp", "assets", "data", "models", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", copy / "dist", copy)
    return next((copy / "dist").glob("dataflow_autoscaling-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder into which the wheel was installed, without a checkout near it."""
    target = tmp_path_factory.mktemp("site")
    pip("install", "--no-deps", "--no-index", "--target", target, wheel)
    return target


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_installed(installed: Path, *arguments: str) -> str:
    """The output of Python with the installed wheel first on its path, run where no checkout is."""
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed), "DATAFLOW_HOME": str(installed.parent / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestWheel:
    def test_only_the_two_packages_enter_site_packages(self, wheel):
        tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
        assert {top for top in tops if not top.endswith(".dist-info")} == {"forecasting", "webapp"}

    @pytest.mark.parametrize(
        ("folder", "inside"),
        [("data", "forecasting/data"), ("models", "forecasting/models"), ("assets", "webapp/assets")],
    )
    def test_the_shipped_files_travel_inside_the_packages(self, wheel, folder, inside):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        wanted = {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in files}
        assert wanted
        assert {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(f"{inside}/")} == wanted

    def test_every_module_is_in_it_and_marked_as_typed(self, wheel):
        modules = {path.relative_to(ROOT).as_posix() for path in SOURCES} | {"forecasting/py.typed", "webapp/py.typed"}
        assert modules <= set(zipfile.ZipFile(wheel).namelist())

    def test_the_installed_wheel_finds_its_files(self, installed):
        code = (
            "from forecasting.paths import model_sets_root; from forecasting.catalog.built_in import BUILT_IN;"
            "print(*(len(one.series()) for one in BUILT_IN.values()), model_sets_root())"
        )
        printed = run_installed(installed, "-c", code).split()
        assert printed == [str(62 * 1440), str(62 * 1440), str(installed / "forecasting" / "models")]

    def test_the_installed_command_lists_the_built_in_data_sets(self, installed):
        command = str(installed / "bin" / "dataflow")
        listed = json.loads(run_installed(installed, command, "data", "list", "--json"))
        assert [info["name"] for info in listed] == ["nasa-http", "sample"]

    def test_the_installed_wheel_knows_its_version(self, installed):
        code = "from forecasting.version import installed_version; print(installed_version())"
        assert run_installed(installed, "-c", code).strip() == setup()["metadata"]["version"]


def make(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    """Run make as a person would, though `make test` may have started these tests."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(["make", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


class TestCommands:
    @pytest.mark.parametrize(
        ("python", "message"),
        [
            ("", "Python 3.11, 3.12 or 3.13 is needed and none was found"),
            ("/bin/false", "/bin/false is not Python 3.11, 3.12 or 3.13: name one that is: make install PYTHON="),
        ],
    )
    def test_without_a_fitting_python_make_says_so_in_one_line(self, tmp_path, python, message):
        for name in ("Makefile", "requirements.txt", "setup.cfg", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path / name)
        done = make("install", f"PYTHON={python}", cwd=tmp_path)
        assert done.returncode != 0
        assert done.stderr.splitlines()[0].startswith(message)
        assert not (tmp_path / ".venv").exists()

    def test_make_help_names_every_target(self):
        done = make("help", cwd=ROOT)
        targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
        assert sorted(line.split()[1] for line in done.stdout.splitlines()) == sorted(targets)

    def test_what_the_procfile_starts_would_serve(self, tmp_path):
        lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        assert lines["release"] == "dataflow migrate && dataflow check"
        environment, command = lines["web"].split(" gunicorn ")
        assert environment == "HOST=0.0.0.0"
        done = subprocess.run(
            [sys.executable, "-m", "gunicorn", "--check-config", *command.split()],
            cwd=ROOT,
            env={**os.environ, "HOST": "0.0.0.0", "DATAFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
