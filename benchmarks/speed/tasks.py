"""The tasks of every library: NASA-HTTP by the minute, trained until 23 August 1995, forecast 12 minutes ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.scaling_policies import BESIDE, NASA, read
from forecasting.timeseries import synthetic
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

TRAINED_UNTIL = "1995-08-23"
TEST_DAYS, HORIZON = 9, 12


@dataclass(frozen=True, eq=False)
class Split:
    """A series of minutes; those before position `known` are for training."""

    series: Series
    known: int

    @property
    def origins(self) -> np.ndarray:
        """The origins of the backtest: one per minute to forecast."""
        return np.arange(self.known - 1, len(self.series) - 1)


def split() -> Split:
    """Return NASA-HTTP if its file lies beside the project, else as many synthetic days."""
    if (BESIDE / NASA).is_file():
        series = read(NASA)
        known = series.position(moment_of(TRAINED_UNTIL, series.time_zone))
    else:
        series = synthetic.generate(days=62)
        known = len(series) - TEST_DAYS * series.bins_per_day
    end = min(len(series), known + TEST_DAYS * DAY // series.bin_seconds)
    return Split(series.slice(0, end), known)


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile, rounded."""
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {"p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3)}
