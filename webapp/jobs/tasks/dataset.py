"""The data set of a task."""

from __future__ import annotations

from forecasting.catalog import Catalog
from forecasting.errors import Conflict
from forecasting.settings import Settings
from forecasting.timeseries.series import Series


def series_of(settings: Settings, dataset: str, version: str) -> Series:
    """Return a data set as it was when the task was requested; raise Conflict if it has changed since.

    An empty version stands for the data as it is now.
    """
    series, current = Catalog(settings).get_with_version(dataset)
    if version and current != version:
        raise Conflict(f"{dataset} has changed meanwhile; reload the page.")
    return series
