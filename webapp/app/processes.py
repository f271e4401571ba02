"""What must be decided before any numeric library is imported into a serving process."""

from __future__ import annotations

import ctypes
import os

_M_ARENA_MAX = -8
"""The number of this parameter of glibc's mallopt, from malloc.h."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")


def limit_threads() -> None:
    """One numeric thread a process unless the environment says otherwise.

    The libraries read these variables once, at import. More than one OpenMP thread makes a single request take
    every core, and a forked worker hang when its parent had used OpenMP before.
    """
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def share_one_heap() -> None:
    """Let the threads of this process share one heap, unless the environment says how many they may have.

    Each would keep in its own what a page once needed: a worker that has drawn every page held a sixth more. The
    interpreter lets one thread allocate at a time anyway. Only glibc knows the parameter; elsewhere nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, 1)
