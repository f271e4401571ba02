"""What a process gets before it runs: its environment, and limits that numeric libraries read once, at import."""

from __future__ import annotations

import ctypes
import os
from dataclasses import fields

from forecasting.settings import VARIABLES, Settings

_M_ARENA_MAX = -8
"""The number of this parameter of glibc's mallopt, from malloc.h."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")


def limit_threads() -> None:
    """Use one numeric thread per process unless the environment sets another number.

    The libraries read these variables once, at import. With more OpenMP threads a single request takes every core,
    and a forked worker hangs if its parent has used OpenMP before.
    """
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def share_one_heap() -> None:
    """Let the threads of this process share one heap unless the environment sets their number.

    With a heap of its own each thread holds on to the memory of pages drawn earlier: a worker that had drawn every page
    took a sixth more. The interpreter lets one thread allocate at a time anyway. Only glibc has the parameter;
    elsewhere nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, 1)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the settings as environment variables, from which another process reads them again."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {VARIABLES[name]: str(int(value) if isinstance(value, bool) else value) for name, value in values.items()}
