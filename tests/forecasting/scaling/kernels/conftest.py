"""The kernels as they are written, without numba: the slow reference of the compiled ones."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import numba
import pytest

PACKAGE = "forecasting.scaling.kernels"
COMPILED = ("jit", "replicas", "behavior", "rules", "loop", "marginal", "proposals", "scoring", "advice")


@pytest.fixture(scope="session")
def plain() -> SimpleNamespace:
    """Every module of the kernels, loaded once more as plain Python; `plain.loop.simulate` is a Python function."""
    for name in COMPILED:
        importlib.import_module(f"{PACKAGE}.{name}")
    package = sys.modules[PACKAGE]
    compiled = {name: sys.modules.pop(f"{PACKAGE}.{name}") for name in COMPILED}
    numba.config.DISABLE_JIT = 1
    try:
        return SimpleNamespace(**{name: importlib.import_module(f"{PACKAGE}.{name}") for name in COMPILED})
    finally:
        numba.config.DISABLE_JIT = 0
        for name, module in compiled.items():
            sys.modules[f"{PACKAGE}.{name}"] = module
            setattr(package, name, module)
