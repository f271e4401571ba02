"""A scenario: a trace, and what a policy may know of it when it decides."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from forecasting.errors import InputError
from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.window_forecasts import WindowForecasts
from forecasting.scaling.config.calendar import CalendarEntry, floor_of
from forecasting.scaling.config.limits import SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.policies.trust_check import TrustCheck, trust_check_of
from forecasting.scaling.worth.outlook import Outlook

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A trace and what policies may know of it.

    `forecasts` has the origins of the trace (None: no forecast is needed), `looked_back` those before them too, if the
    trust check of a short trace looks back further. `pause` has the windows of the break-even time if that is longer
    than the lead time. A learned calendar uses the bins before `learned_until`. `usual_quantile` is where a
    forecast-driven policy begins (None: at the objective's level). `outlook` is what the expected-worth rule knows,
    `shadow` the scenario of the days before, on which a policy with levels chooses where to start. `debt` is what is
    overspent of the error budget before the trace. `simple_share` is that of the simple forecast, if it is chosen.
    """

    trace: Trace
    slo: Objective = field(default_factory=Objective)
    forecasts: WindowForecasts | None = None
    pause: LeadWindows | None = None
    calendar: tuple[CalendarEntry, ...] = ()
    learned_until: int = 0
    scale_in_window_seconds: int = SCALE_IN_WINDOW_SECONDS
    usual_quantile: float | None = None
    looked_back: WindowForecasts | None = None
    outlook: Outlook | None = None
    shadow: Scenario | None = None
    debt: float = 0.0
    simple_share: float | None = None
    _trust_checks: dict[float, TrustCheck] = field(default_factory=dict, init=False, repr=False)
    _cached: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def lead(self) -> int:
        """Bins after which a replica ordered now has been ready for a whole one."""
        return self.trace.lead

    @cached_property
    def nothing(self) -> np.ndarray:
        """Zeros (bins,) int32."""
        return np.zeros(len(self.trace), np.int32)

    @cached_property
    def always(self) -> np.ndarray:
        """Trues (bins,)."""
        return np.ones(len(self.trace), np.bool_)

    @cached_property
    def floor(self) -> np.ndarray:
        """The calendar's floor (bins,) int32."""
        return floor_of(self.calendar, self.trace.series, self.trace.first, self.trace.end, self.lead)

    def cached(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what is computed once for this scenario."""
        if key not in self._cached:
            self._cached[key] = compute()
        return cast("T", self._cached[key])

    def needed_forecasts(self) -> WindowForecasts:
        """Return the forecasts; raises InputError if the scenario was made without any."""
        if self.forecasts is None:
            raise InputError("This policy needs forecasts; the scenario has none.", field="policy")
        return self.forecasts

    def trust_check(self, quantile: float) -> TrustCheck:
        """Return the trust check of a quantile at the end of every bin, computed once.

        Raises InputError without forecasts.
        """
        if quantile not in self._trust_checks:
            forecasts = self.needed_forecasts()
            whole = trust_check_of(self.looked_back or forecasts, quantile, self.trace.series.bins_per_day)
            self._trust_checks[quantile] = whole.last(len(forecasts.origins))
        return self._trust_checks[quantile]
