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

from forecasting.settings import Settings

_HERE = Path(__file__).parent


def _cache_folder() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    writable = os.access(_HERE, os.W_OK)
    parent = _HERE / "__pycache__" if writable else Settings.from_environment().prepare_home() / "cache"
    return str(parent / f"numba-{hashlib.sha256(sources).hexdigest()[:12]}")


_CACHE_FOLDER = numba.config.CACHE_DIR or _cache_folder()


def kernel(function: Callable) -> Callable:
    """Compile on the first call, keep the result on disk, release the interpreter lock while it runs.

    Never parallel: its threads do not survive a fork. `NUMBA_CACHE_DIR` and `NUMBA_DISABLE_JIT` work as ever.
    """
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, _CACHE_FOLDER
    try:
        return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before


def part(function: Callable) -> Callable:
    """A small function of scalars and tuples, put in place where a kernel calls it.

    Left to itself LLVM passes the tuples by value, which takes three times as long as what is done with them.
    """
    return numba.njit(inline="always", error_model="numpy")(function)
