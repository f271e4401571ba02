"""The public names of `forecasting`: those that a notebook needs, each importable, none of them heavy to list."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import forecasting

NAMES = [
    *("Accounts", "Backtest", "Catalog", "Conflict", "DatasetInfo", "FileRefused", "Forecast"),
    *("ForecastingError", "HistoryTooShort", "ImportOptions", "InputError", "JobQueue", "NotFound", "NotReady"),
    *("Objective", "ReadOnly", "ScaledService", "ScalingRequest", "Schedules", "Series", "Settings", "TooLarge"),
    "WorkFailed",
    *("append_files", "backtest", "backup", "compare", "copy_database", "generate", "import_files", "migrate"),
    *("predict", "problems_of", "recommend", "replay_of", "resample", "restore", "simulate", "take_in", "train"),
]


def test_the_public_names_are_these():
    assert sorted(forecasting.__all__) == sorted(NAMES)
    assert set(NAMES) <= set(dir(forecasting))


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_what_its_module_defines(name):
    value = getattr(forecasting, name)
    assert callable(value)
    assert value.__name__ == name
    assert value.__module__.startswith("forecasting.")
    assert inspect.getdoc(value)


def test_a_type_checker_sees_every_public_name():
    tree = ast.parse(Path(forecasting.__file__).with_suffix(".pyi").read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    declared = {alias.asname: node.module for node in imports for alias in node.names}
    assert declared == {name: f"forecasting.{forecasting._MODULES[name]}" for name in NAMES}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'forecasting' has no attribute 'oracle'"):
        forecasting.oracle  # noqa: B018


def test_importing_the_package_imports_no_library():
    script = (
        "import sys, forecasting; print([name for name in ('numpy', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_forecast_in_three_lines(settings):
    series = forecasting.Catalog(settings).get("sample")
    forecast = forecasting.predict(series, model="naive", timeframe="15m", horizon=3, settings=settings)
    assert forecast.yhat.shape == (3,)
