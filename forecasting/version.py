"""The installed version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "dataflow-autoscaling"


def installed_version() -> str:
    """Return the version of the installed distribution, or `unknown` in a checkout that was never installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
