"""The loops over time, written as plain Python and compiled by numba.

Importing any module of this package but `inputs` imports numba, which takes about a second: so only functions that
are about to compute import them.
"""
