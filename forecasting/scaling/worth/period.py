"""The period of an error budget: when it began, and the scenario that a service has been in since.

A period has 28 days and begins at a wall midnight whose day number is a multiple of 28, so that everybody who has the
same counts finds the same period, with the same start and the same debt: a budget needs no memory to survive a restart.
A young series begins new periods after 1, 3, 7 and 14 days, because what is chosen on few days should not last.
"""

from __future__ import annotations

import numpy as np

from forecasting.hindcasts.step_forecasts import StepSource
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

PERIOD_DAYS = 28
YOUNG_DAYS = (1, 3, 7, 14)


def period_start(source: StepSource, last: int) -> int:
    """Return the bin at which the period of the bin `last` began: after the first forecast if there is one so early."""
    series, begin = source.series, source.first_origin
    days = series.wall[: last + 1] // DAY
    starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
    first_day = int(days[min(begin, last)])
    age = days[starts] - first_day
    anchors = np.isin(age, YOUNG_DAYS) | ((days[starts] % PERIOD_DAYS == 0) & (age >= YOUNG_DAYS[-1]))
    usable = starts[anchors & (starts > begin)]
    return int(usable[-1]) if len(usable) else begin


def days_left(series: Series, start: int, last: int) -> float:
    """Return the days of the period that begin after the bin `last`."""
    return max(0.0, PERIOD_DAYS - (last + 1 - start) * series.bin_seconds / DAY)
