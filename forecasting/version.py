"""The version of what is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "dataflow-autoscaling"


def installed_version() -> str:
    """The version of the installed distribution; `unknown` in a checkout that was never installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
