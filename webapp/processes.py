"""What must be decided before any numeric library is imported into a serving process."""

from __future__ import annotations

import os

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")


def limit_threads() -> None:
    """One numeric thread a process unless the environment says otherwise.

    The libraries read these variables once, at import. More than one OpenMP thread makes a single request take
    every core, and a forked worker hang when its parent had used OpenMP before.
    """
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
