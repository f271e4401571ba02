"""The synthetic sample: built in, always there, never changed."""

from __future__ import annotations

from functools import cache

import pandas as pd

from forecasting.paths import sample_path
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import SAMPLE_START
from forecasting.timeseries.timeframes import MINUTE

SAMPLE = "sample"


@cache
def sample_series() -> Series:
    """The sample as a Series; its file is read once in a process."""
    columns = pd.read_csv(sample_path(), usecols=["requests_count", "is_burst", "is_event"])
    return Series(
        SAMPLE,
        MINUTE,
        SAMPLE_START,
        columns["requests_count"].to_numpy(float),
        time_zone="UTC",
        is_burst=columns["is_burst"].to_numpy(bool),
        is_event=columns["is_event"].to_numpy(bool),
        synthetic=True,
    )
