"""The loops over time, written as plain Python and compiled by numba at their first call.

`jit` is the only module that imports numba, and only when a kernel runs; every other module may import these freely.
"""
