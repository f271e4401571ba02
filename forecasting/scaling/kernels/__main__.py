"""Compile every kernel and keep the result: `python -m forecasting.scaling.kernels`, run when the product is installed.

A first request would otherwise wait ten seconds for it.
"""

from forecasting.scaling.kernels.warming import compile_all

compile_all()
