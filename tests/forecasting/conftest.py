"""The real traffic that the shipped set is trained and tested on."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.readers import import_files
from forecasting.timeseries.series import Series


@pytest.fixture(scope="session")
def nasa(shared_data: Path) -> Series:
    """NASA-HTTP per minute, both outages found and unknown."""
    series, _ = import_files([shared_data / "nasa_http_1m.csv.gz"], name="nasa")
    return series
