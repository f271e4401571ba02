"""Forecasting packages of others, run in a venv of their own on the targets that our models are scored on.

`calling` and `environment` run here; `run` and what it imports run there, on numpy and the peers' own packages alone.
"""
