"""Replays: the evaluation days and the tuning days of a series, and what policies know on them.

Days that a model was fitted on are neither. Of a series that the model set was trained on, the validation days are the
tuning days and the days after training the evaluation days; of any other series the last third (at most two weeks) is
evaluated, and the two weeks before it are for tuning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from forecasting import prediction
from forecasting.errors import HistoryTooShort, InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.hindcasts.evaluation_days import MOST_TEST_DAYS, SHORT_DAYS, TUNING_DAYS
from forecasting.hindcasts.lead_windows import POOL_DAYS
from forecasting.hindcasts.source import Source, source_of
from forecasting.hindcasts.window_forecasts import WindowForecasts, window_forecasts_of
from forecasting.prediction.model_choice import all_trained_on
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.hpa_behavior import HpaBehavior
from forecasting.scaling.config.limits import SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.policies.error_budget import FEWEST_DAYS, SHADOW_DAYS
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import trace_of
from forecasting.scaling.simulation.demand_height import ceiling_of, cut
from forecasting.scaling.worth.outlook import Outlook
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series

SHORT = (
    "This series has fewer than 14 days: policies are tuned on its first half and evaluated on the second. The figures "
    "are rough."
)
FEW_BEFORE = (
    "Fewer than 7 days lie before the evaluation days: policies are tuned on those. The figures are rough; give a "
    "later start for better ones."
)


LONG_BIN_SECONDS = 300
PEAKS_UNSEEN = (
    "The data set has no finer counts: demand is taken as constant within each bin of {}. Peaks inside a bin are not "
    "seen, so every policy looks cheaper and better than it is. Figures of another timeframe cannot be compared with "
    "these."
)


@dataclass(frozen=True)
class Span:
    """Bins [first, end) by position."""

    first: int
    end: int


class Scenarios(NamedTuple):
    """The tuning days and the evaluation days of one policy."""

    tuning: Scenario
    evaluation: Scenario


@dataclass(frozen=True, eq=False)
class Replay:
    """One series (in the timeframe of the replay), the scaled service, and the spans for tuning and evaluation.

    `finer` is the series that its bins were summed from (None: it is the data set's own), the demand within the bins.
    `lost_request_price` and the like are the service's; `start_replicas` is None for the trace's default.
    `forecast_error`: what if forecasts of the evaluation days were wrong by this share, 0.2 being 20 % too high.
    """

    source: Source
    service: ScaledService
    slo: Objective
    tuning_span: Span
    test_span: Span
    start_replicas: int | None = None
    schedule: tuple[CalendarEntry, ...] = ()
    scale_in_window_seconds: int = SCALE_IN_WINDOW_SECONDS
    warnings: tuple[str, ...] = ()
    forecast_error: float = 0.0
    finer: Series | None = None
    behavior: HpaBehavior | None = None

    @property
    def series(self) -> Series:
        """The series that is replayed."""
        return self.source.series

    @cached_property
    def test(self) -> Scenario:
        """The evaluation days, without forecasts."""
        return self._scenario(self.test_span)

    @cached_property
    def tuning(self) -> Scenario:
        """The tuning days, without forecasts; like all tuning days cut at the ceiling that is known after them."""
        return self._scenario(self.tuning_span, tuning=True)

    @cached_property
    def calendar_tuning(self) -> Scenario:
        """The tuning days of a calendar that is learned from the days before.

        If less than a day lies before the tuning days, it is learned from their first half and tuned on the second.
        """
        span = self.tuning_span
        if span.first >= self.series.bins_per_day:
            return self.tuning
        return self._scenario(Span((span.first + span.end) // 2, span.end), tuning=True)

    @cached_property
    def forecast_test(self) -> Scenario:
        """The evaluation days, with forecasts."""
        return self._scenario(self.test_span, forecast=True)

    @cached_property
    def forecast_tuning(self) -> Scenario:
        """The tuning days, with forecasts."""
        return self._scenario(self.tuning_span, forecast=True, tuning=True)

    def scenarios(self, policy: str) -> Scenarios:
        """Return the scenarios that a policy is tuned in and evaluated in, each with what that policy may know."""
        if policy in policy_names.FORECAST_DRIVEN:
            return Scenarios(self.forecast_tuning, self.forecast_test)
        if policy == policy_names.SCHEDULED:
            return Scenarios(self.calendar_tuning, self.test)
        return Scenarios(self.tuning, self.test)

    @property
    def lead(self) -> int:
        """Bins after which a replica ordered now has been ready for a whole one."""
        return self.service.boot_steps(self.series.bin_seconds) + 1

    def _scenario(self, span: Span, *, forecast: bool = False, tuning: bool = False) -> Scenario:
        series = self._tuning_series if tuning else self.series
        trace = trace_of(series, self.service, span.first, span.end, self.start_replicas, self.finer)
        windows = self._seen_in(self._forecasts, span) if forecast else None
        pause, outlook = self._pause if forecast else None, self._outlook(span) if forecast else None
        return Scenario(
            trace,
            self.slo,
            windows,
            self._seen_in(pause, span).windows if pause else None,
            self.schedule,
            span.first,
            self.scale_in_window_seconds,
            self._usual_quantile if forecast else None,
            outlook=outlook,
            shadow=self._shadow(span.first, outlook),
            behavior=self.behavior,
        )

    def usual(self, scenario: Scenario) -> Scenario:
        """Return a scenario of these days as if no count had exceeded the ceiling."""
        return replace(scenario, trace=replace(scenario.trace, series=self._tuning_series))

    @cached_property
    def _tuning_series(self) -> Series:
        return cut(self.series, ceiling_of(self.series, self.tuning_span.end))

    def _outlook(self, span: Span) -> Outlook:
        """What the expected-worth rule knows of a span and of the days before it."""
        first = max(span.first - SHADOW_DAYS * self.series.bins_per_day, self.source.first_origin, 0)
        error = self.forecast_error if span == self.test_span else 0.0
        return Outlook(self.source, self.service, self.slo, min(first, span.first), span.end, error, span.first)

    def _shadow(self, end: int, outlook: Outlook | None) -> Scenario | None:
        """The days before a span, on which a policy with levels chooses where to start; None if there are too few."""
        first = max(end - SHADOW_DAYS * self.series.bins_per_day, 0) if outlook is None else outlook.first
        known = np.isfinite(self.series.requests_count[first:end])
        if known.sum() < FEWEST_DAYS * self.series.bins_per_day or end - first <= self.lead:
            return None
        trace = trace_of(self.series, self.service, first, end, finer=self.finer)
        window = self.scale_in_window_seconds
        return Scenario(trace, self.slo, None, None, self.schedule, first, window, outlook=outlook)

    def _seen_in(self, outlook: WindowForecasts, span: Span) -> WindowForecasts:
        """The forecasts of a span as the what-if has them."""
        scaled = outlook.since(span.first, span.end).scaled(self.service.demand_multiplier)
        return scaled.mistaken(self.forecast_error) if self.forecast_error and span == self.test_span else scaled

    @cached_property
    def _usual_quantile(self) -> float | None:
        return self.slo.usual_quantile(self._forecasts.since(self.tuning_span.first, self.tuning_span.end).windows)

    @cached_property
    def _forecasts(self) -> WindowForecasts:
        return window_forecasts_of(self.source, *self.origins, self.lead)

    @cached_property
    def _pause(self) -> WindowForecasts | None:
        length = self.service.break_even_steps(self.series.bin_seconds, MAX_HORIZON)
        return window_forecasts_of(self.source, *self.origins, length) if length > self.lead else None

    @property
    def origins(self) -> tuple[int, int]:
        """The first origin that is forecast from, and the one after the last."""
        begin = min(self.tuning_span.first, self.test_span.first) - POOL_DAYS * self.series.bins_per_day
        return max(begin, self.source.first_origin), self.test_span.end


def source_for(request: ScalingRequest) -> Source:
    """Return the fitted model that serves a request, on its series: the only look-up of the model.

    Raises NotFound for a model set that does not exist.
    """
    series, settings = request.binned, request.settings
    fitted, trained_bins = prediction.chosen(series, request.model_type, request.model_set, settings)
    return source_of(series, fitted, trained_bins, settings)


def replay_of(request: ScalingRequest, source: Source | None = None) -> Replay:
    """Return the replay of a request; `source` is that of the request if it is known already (see `source_for`).

    Raises InputError for a start in days that the model was trained on, and HistoryTooShort if no evaluation days
    are left.
    """
    policy_names.checked_policy(request.policy)
    source = source or source_for(request)
    tuning, test, warnings = _spans(source, request.start, request.end)
    warnings = (*warnings, *source.fitted.notes)
    if not source.seen:
        warnings = (*warnings, *prediction.zero_shot(source.fitted))
    if request.finer is None and source.series.bin_seconds >= LONG_BIN_SECONDS:
        warnings = (*warnings, PEAKS_UNSEEN.format(source.series.timeframe))
    return Replay(
        source,
        request.scaled_service,
        request.slo,
        tuning,
        test,
        request.current_replicas,
        request.schedule,
        request.window_seconds,
        (*warnings, *request.assumptions),
        request.forecast_error,
        request.finer,
        request.behavior,
    )


def evaluated_within(request: ScalingRequest, source: Source, start: int, end: int) -> ScalingRequest:
    """Return the request for the part of [start, end) (absolute seconds) that policies may be evaluated on.

    It begins after the days whose forecasts would be in sample. If [start, end) covers all that is left, the default
    days are taken: `start` and `end` are None.
    """
    series = source.series
    trained_bins = source.seen if source.needs_stored else 0
    trained_until = series.start + min(trained_bins, len(series)) * series.bin_seconds
    is_whole = start <= trained_until and end >= series.end
    return replace(request, start=None if is_whole else max(start, trained_until), end=None if is_whole else end)


def _spans(source: Source, start: int | None, end: int | None) -> tuple[Span, Span, tuple[str, ...]]:
    series = source.series
    last = len(series) if end is None else min(series.first_from(end), len(series))
    if source.needs_stored:
        first = source.seen if start is None else series.first_from(start)
        _refuse_trained(source, series.start if start is None else start, first)
        _refuse_empty(series, first, last, end)
        return Span(source.stored_from, source.seen), Span(first, last), ()
    first = _default_first(series, last, source.seen) if start is None else max(series.first_from(start), 0)
    _refuse_empty(series, first, last, end)
    days = TUNING_DAYS * series.bins_per_day
    warnings = () if first >= days // 2 else (SHORT if start is None else FEW_BEFORE,)
    return Span(max(0, first - days), first), Span(first, last), warnings


def _default_first(series: Series, last: int, seen: int) -> int:
    """Return the end of the training days if a day is left after it, else where the last third of the days begins."""
    if 0 < seen <= last - series.bins_per_day:
        return seen
    days = last // series.bins_per_day
    if days < SHORT_DAYS:
        return last // 2
    return last - min(MOST_TEST_DAYS, days // 3) * series.bins_per_day


def _refuse_trained(source: Source, start: int, first: int) -> None:
    series, until = source.series, source.fitted.trained_entry()["trained_until"]
    if first < source.seen:
        raise InputError(
            f"start must lie after the training days: model set {source.fitted.model_set!r} was trained on this series "
            f"until {until} (got {wall_text(start, series.time_zone)}).",
            field="start",
        )
    if source.seen >= len(series):
        raise all_trained_on(series, source.fitted, "append newer points")


def _refuse_empty(series: Series, first: int, last: int, end: int | None) -> None:
    if first < 1 or last - first < 2:
        raise HistoryTooShort(
            f"{series.name!r} must have at least 2 bins of {series.timeframe} to replay and 1 before them (got "
            f"{max(last - first, 0)} of {len(series)} to replay). Give a wider span or more history.",
            field="start" if end is None or last == len(series) else "end",
        )
