"""The command line's surface: help, examples, wrong use, and a start that imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from forecasting.version import installed_version
from webapp.app.cli import main, root_command

LIBRARIES = ("numpy", "pandas", "sqlalchemy", "keras", "jax", "prophet", "xgboost", "lightgbm", "numba")
HEAVY = (*LIBRARIES, "flask", "dash", "plotly")


def walk(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command below (and with) `command`, with the words that call it."""
    below = getattr(command, "commands", {})
    return [(path, command), *(found for name, child in below.items() for found in walk(child, (*path, name)))]


COMMANDS = walk(root_command())


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) or "dataflow" for path, _ in COMMANDS])
def test_every_command_has_help_with_an_example_that_calls_it(path, command, capsys):
    assert main([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"dataflow {' '.join(path)}".strip() in text.split("Example")[1]
    assert all(parameter.help for parameter in command.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) or "dataflow" for path, _ in COMMANDS])
def test_the_options_of_every_example_exist(path, command):
    commands = dict(COMMANDS)
    for words in (line.split() for line in command.help.splitlines() if line.startswith("  dataflow ")):
        called = max((path for path in commands if tuple(words[1 : len(path) + 1]) == path), key=len)
        known = {option for parameter in commands[called].params for option in parameter.opts}
        assert called
        assert {word for word in words if word.startswith("-") and word != "-"} <= known


def test_help_and_version_import_nothing_heavy():
    script = (
        "import sys; from webapp.app.cli import main\n"
        "main(['--help']); main(['data', 'import', '--help']); main(['predict', '--help'])\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_help_about_scaling_imports_the_fields_only():
    """Its options are derived from the fields of a service, which stand beside numpy and pandas."""
    heavy = sorted(set(HEAVY) - {"numpy", "pandas"})
    script = (
        "import sys; from webapp.app.cli import main\n"
        "main(['compare', '--help'])\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_version_is_one_line(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dataflow {installed_version()}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predicct"], "No such command 'predicct'. Did you mean 'predict'?"),
        (["predict", "--model", "naive"], "Missing option '--dataset'. Try 'dataflow predict --help'."),
        (["predict", "--dataset", "sample", "--model", "naive", "--horizn", "3"], "No such option '--horizn'."),
        (["predict", "--dataset", "sample", "--model", "naive", "--horizon", "x"], "'x' is not a valid integer."),
        (["backtest", "--dataset", "sample", "--model", "naive", "--steps", "3-"], "1-12 (got '3-')"),
        (["backtest", "--dataset", "sample", "--model", "naive", "--steps", "12-1"], "1-12 (got '12-1')"),
        (["data", "import", "--name", "shop"], "Missing argument 'FILE...'"),
        (["data", "import", "--name", "shop", "absent.log"], "Path 'absent.log' does not exist."),
        (["serve", "--port", "70000"], "70000 is not in the range 1<=x<=65535."),
    ],
)
def test_wrong_use_is_one_line_and_2(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("dataflow: ")
    assert printed.err.count("\n") == 1
    assert message in printed.err


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().err
