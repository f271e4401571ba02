"""The kernels as they are written, without numba: the slow reference of the compiled ones."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType, SimpleNamespace

import numba
import pytest

from forecasting.scaling.kernels.jit import Compiled

PACKAGE = "forecasting.scaling.kernels"
MODULES = (
    "hpa_calculator",
    "change_limits",
    "budget",
    "rules",
    "loop",
    "marginal",
    "proposals",
    "run_sums",
    "advice",
    "worth",
)


@pytest.fixture(scope="session")
def plain() -> SimpleNamespace:
    """Every module of the kernels, loaded once more as plain Python; `plain.loop.simulate` runs a Python function."""
    before = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in MODULES}
    for name in MODULES:
        del sys.modules[f"{PACKAGE}.{name}"]
    numba.config.DISABLE_JIT = 1
    try:
        modules = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in MODULES}
        for module in modules.values():
            build(module)
        return SimpleNamespace(**modules)
    finally:
        numba.config.DISABLE_JIT = 0
        for name, module in before.items():
            sys.modules[f"{PACKAGE}.{name}"] = module
            setattr(sys.modules[PACKAGE], name, module)


def build(module: ModuleType) -> None:
    """Have the module's functions made now, while numba is off."""
    for value in vars(module).values():
        if isinstance(value, Compiled):
            value.dispatcher()
