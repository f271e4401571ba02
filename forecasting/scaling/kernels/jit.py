"""Compilation: the two decorators, and where the machine code is cached.

This is the only door to numba. Importing it takes about a second, so a decorated function imports and compiles at its
first call; importing any module of this package costs nothing.

numba's index notices when the file of a function changes, but not when a function that it calls does. The folder's
name therefore holds a hash of all kernels, and an update never runs code that is half old.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

from forecasting.errors import NotReady
from forecasting.settings import Settings

_HERE = Path(__file__).parent
_BUILDING = RLock()

P = ParamSpec("P")
R = TypeVar("R")


class Compiled(Generic[P, R]):
    """A Python function that numba compiles at the first call, with every compiled function that it calls."""

    def __init__(self, function: Callable[P, R], options: dict[str, object]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._options = options
        self._dispatcher: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return (self._dispatcher or self.dispatcher())(*args, **kwargs)

    def dispatcher(self) -> Callable[P, R]:
        """Return what numba makes of the function: a dispatcher, or the function if NUMBA_DISABLE_JIT is set."""
        with _BUILDING:
            if self._dispatcher is None:
                self._dispatcher = _dispatcher_of(_with_dispatchers(self._function), self._options)
            return self._dispatcher


def kernel(function: Callable[P, R]) -> Compiled[P, R]:
    """Compile at the first call, cache the result on disk, release the interpreter lock while it runs.

    Never parallel: numba's threads do not survive a fork. `NUMBA_CACHE_DIR` and `NUMBA_DISABLE_JIT` work as usual.
    """
    return Compiled(function, {"nogil": True, "cache": True})


def part(function: Callable[P, R]) -> Compiled[P, R]:
    """Compile a small function of scalars and tuples that is inlined into the kernels that call it.

    Left to itself, LLVM passes the tuples by value, which takes three times as long as the work on them.
    """
    return Compiled(function, {"inline": "always"})


def _with_dispatchers(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with the dispatchers of the compiled functions that it names, as numba looks for them."""
    python = cast(FunctionType, function)
    names = dict(python.__globals__)
    for name in python.__code__.co_names:
        if isinstance(value := names.get(name), Compiled):
            names[name] = value.dispatcher()
    return functools.update_wrapper(FunctionType(python.__code__, names, python.__name__), function)


def _dispatcher_of(function: Callable[P, R], options: dict[str, object]) -> Callable[P, R]:
    import numba  # takes a second, and a process that runs no kernel does not need it

    config, njit = cast(Any, numba.config), cast(Any, numba.njit)
    folder = config.CACHE_DIR or _cache_folder()
    if folder is None:
        options = {**options, "cache": False}
    before, config.CACHE_DIR = config.CACHE_DIR, folder or ""
    try:
        return cast(Callable[P, R], njit(**options, error_model="numpy")(function))
    finally:
        config.CACHE_DIR = before


@functools.cache
def _cache_folder() -> str | None:
    """Return a folder beside this file, else in the home.

    None if neither is writable: each process then compiles for itself.
    """
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    name = f"numba-{hashlib.sha256(sources).hexdigest()[:12]}"
    if os.access(_HERE, os.W_OK):
        return str(_HERE / "__pycache__" / name)
    try:
        return str(Settings.from_environment().prepare_home() / "cache" / name)
    except NotReady:
        return None
