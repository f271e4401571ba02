"""From the evaluation days to a month or a year: only from two days on, and with its uncertainty under a week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.compare import Comparison, Row, days_of
from forecasting.scaling.comparison.frontier import COST
from forecasting.timeseries.formatting import duration, money
from forecasting.timeseries.timeframes import DAY

DAYS_A_MONTH, DAYS_A_YEAR = 30.44, 365.25

LEAST_DAYS = 2.0
"""With fewer evaluation days nothing is said about a month."""

SURE_DAYS = 7.0
"""With fewer evaluation days a month's cost is a range: that of its cheapest and of its dearest day."""

_HALF = 0.5
"""The part of a day that must be evaluated for its cost to count in the range."""

_TYPICAL = "Monthly and yearly figures assume that the {days:g} evaluation days are typical, without growth, season or "
ASSUMPTION = _TYPICAL + "price change."
UNSURE = _TYPICAL + "price change. By the cheapest and the dearest day it is {low} to {high} a month."
TOO_SHORT = (
    "The evaluation days are only {length}: too few for a monthly or yearly figure. Costs are those of these days."
)


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """The evaluation days in days, and by wall day how long it was evaluated, in days (`parts`)."""

    days: float
    parts: np.ndarray

    @property
    def allowed(self) -> bool:
        """Whether there are days enough for monthly figures."""
        return self.days >= LEAST_DAYS

    def monthly(self, amount: float) -> float | None:
        """Return an amount over the evaluation days for a month; None if they are too few."""
        return amount * DAYS_A_MONTH / self.days if self.allowed else None

    def yearly(self, amount: float) -> float | None:
        """Return an amount over the evaluation days for a year; None if they are too few."""
        return amount * DAYS_A_YEAR / self.days if self.allowed else None

    @property
    def per(self) -> str:
        """What amounts are for: `a month`, or the time itself: `in 15 min`."""
        return "a month" if self.allowed else f"in {duration(self.days * DAY)}"

    @property
    def factor(self) -> float:
        """What amounts over the evaluation days are multiplied by to be `per`."""
        return DAYS_A_MONTH / self.days if self.allowed else 1.0

    def text(self, amount: float, currency: str) -> str:
        """Return an amount over the evaluation days as text: `$12 a month`, or `$0.02 in 15 min`."""
        return f"{money(amount * self.factor, currency)} {self.per}"

    def range_of(self, row: Row) -> tuple[float, float] | None:
        """Return a month's cost by the cheapest and the dearest day; None if the days are too few or enough."""
        whole = self.parts >= _HALF
        if not self.allowed or self.days >= SURE_DAYS or whole.sum() < LEAST_DAYS:
            return None
        rates = row.outcome.daily[whole, COST] / self.parts[whole] * DAYS_A_MONTH
        return float(rates.min()), float(rates.max())

    def assumption(self, row: Row, currency: str) -> str:
        """Return what monthly and yearly figures assume, or why there are none."""
        if not self.allowed:
            return TOO_SHORT.format(length=duration(self.days * DAY))
        span = self.range_of(row)
        if span is None:
            return ASSUMPTION.format(days=round(self.days, 1))
        low, high = (money(amount, currency) for amount in span)
        return UNSURE.format(days=round(self.days, 1), low=low, high=high)


def extrapolation_of(comparison: Comparison) -> Extrapolation:
    """Return the extrapolation from a comparison's evaluation days."""
    scenario = comparison.replay.test
    trace = scenario.trace
    _, bins = np.unique(trace.series.wall[trace.first : trace.end] // DAY, return_counts=True)
    return Extrapolation(days_of(scenario), bins * trace.series.bin_seconds / DAY)
