"""The real traffic that the shipped set is trained and tested on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.catalog.built_in import nasa_http_series
from forecasting.timeseries.series import Series


@pytest.fixture(scope="session")
def nasa() -> Series:
    """NASA-HTTP by the minute, both outages unknown."""
    return replace(nasa_http_series(), name="nasa")
