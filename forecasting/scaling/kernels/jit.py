"""Compilation: the one decorator, and where the machine code is kept.

numba's index knows when the file of a function changed, but not when a function called by it did. So the folder's name
holds a hash of all kernels: an update never runs half-old code.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numba

from forecasting.errors import NotReady
from forecasting.settings import Settings

_HERE = Path(__file__).parent


def _cache_folder() -> str | None:
    """Beside this file, else in the home; None where neither can be written: then each process compiles for itself."""
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    name = f"numba-{hashlib.sha256(sources).hexdigest()[:12]}"
    if os.access(_HERE, os.W_OK):
        return str(_HERE / "__pycache__" / name)
    try:
        return str(Settings.from_environment().prepare_home() / "cache" / name)
    except NotReady:
        return None


_CACHE_FOLDER = numba.config.CACHE_DIR or _cache_folder()


def kernel(function: Callable) -> Callable:
    """Compile on the first call, keep the result on disk, release the interpreter lock while it runs.

    Never parallel: its threads do not survive a fork. `NUMBA_CACHE_DIR` and `NUMBA_DISABLE_JIT` work as ever.
    """
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, _CACHE_FOLDER or ""
    try:
        return numba.njit(nogil=True, cache=_CACHE_FOLDER is not None, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before


def part(function: Callable) -> Callable:
    """A small function of scalars and tuples, put in place where a kernel calls it.

    Left to itself LLVM passes the tuples by value, which takes three times as long as what is done with them.
    """
    return numba.njit(inline="always", error_model="numpy")(function)
