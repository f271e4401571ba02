"""Compile every kernel and cache the result: `python -m forecasting.scaling.kernels`, run at installation.

The first request would otherwise wait ten seconds for it.
"""

from forecasting.scaling.kernels.warming import compile_all

compile_all()
