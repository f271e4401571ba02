"""The one door to numba: importing costs nothing, the first call compiles, whoever calls first."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forecasting.scaling.kernels.jit import kernel, part

HEAVY = ("numba", "scipy.optimize", "prophet", "keras", "jax", "xgboost", "lightgbm")
MODULES = (
    "forecasting.scaling.comparison.results, webapp.app.factory",
    "forecasting.scaling.comparison.page_payload, forecasting.hindcasts.window_forecasts",
    "forecasting.scaling.kernels.warming, forecasting.scaling.recommendation.live",
)


@pytest.mark.parametrize("modules", MODULES)
def test_importing_loads_nothing_heavy(modules: str) -> None:
    code = f"import sys, {modules}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


@part
def doubled(value):
    return 2 * value


@part
def quadrupled(value):
    return doubled(doubled(value))


@kernel
def total(values):
    """Add up four times each value."""
    found = 0.0
    for value in values:
        found += quadrupled(value)
    return found


def test_functions_that_call_each_other_compile_together_at_the_first_call() -> None:
    values = np.arange(5.0)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(total, [values] * 8)) == [40.0] * 8
    assert total.__doc__ == "Add up four times each value."
    assert len(total.dispatcher().signatures) == 1, "several threads compile once"


def test_numba_turned_off_leaves_plain_functions() -> None:
    code = (
        "from tests.forecasting.scaling.kernels.test_door import total; import numpy as np; from types import *\n"
        "print(total(np.arange(5.0)), isinstance(total.dispatcher(), FunctionType))"
    )
    environment = {"NUMBA_DISABLE_JIT": "1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout.strip() == "40.0 True", done.stderr
