"""The data set that a task was asked about."""

from __future__ import annotations

from forecasting.catalog import Catalog
from forecasting.errors import Conflict
from forecasting.settings import Settings
from forecasting.timeseries.series import Series


def series_of(settings: Settings, dataset: str, version: str) -> Series:
    """A data set, as it was when the task was asked for; raises Conflict where it has changed since."""
    catalog = Catalog(settings)
    series = catalog.get(dataset)
    # Asked afterwards: were it asked before, what changes in between would pass for the old version.
    if catalog.info(dataset).version != version:
        raise Conflict(f"{dataset} has changed meanwhile; reload the page.")
    return series
