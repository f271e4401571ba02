"""Replays: which days are judged, which are for tuning, and that the former reach nothing that is chosen before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.simulation.replay import FEW_BEFORE, SHORT, Span
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic, replay_on, with_counts

DAY = 96
SERVICE = ScaledService(capacity_per_minute=4.0, boot_seconds=900)


def day(number: float) -> int:
    return daily_traffic(1).start + round(number * 86_400)


@pytest.mark.parametrize(
    ("days", "span", "tuning", "test", "warned"),
    [
        pytest.param(6, {}, (0, 3), (3, 6), SHORT, id="short: half and half"),
        pytest.param(13, {}, (0, 6.5), (6.5, 13), SHORT, id="still short"),
        pytest.param(14, {}, (0, 10), (10, 14), None, id="the last third"),
        pytest.param(60, {}, (32, 46), (46, 60), None, id="two weeks and two weeks"),
        pytest.param(60, {"start": day(50)}, (36, 50), (50, 60), None, id="from a start"),
        pytest.param(60, {"start": day(20), "end": day(30)}, (6, 20), (20, 30), None, id="between two"),
        pytest.param(60, {"start": day(3)}, (0, 3), (3, 60), FEW_BEFORE, id="few days before a start"),
        pytest.param(60, {"end": day(13)}, (0, 6.5), (6.5, 13), SHORT, id="short up to an end"),
    ],
)
def test_days_of_a_series_that_no_model_saw(days, span, tuning, test, warned) -> None:
    found = replay_on(daily_traffic(days), SERVICE, model_type="smoothing", **span)
    assert found.tuning_span == Span(*(round(DAY * edge) for edge in tuning))
    assert found.test_span == Span(*(round(DAY * edge) for edge in test))
    assert [text for text in (SHORT, FEW_BEFORE) if text in found.warnings] == ([warned] if warned else [])


def test_days_of_the_series_that_the_set_was_trained_on(nasa: Series) -> None:
    """The stored validation forecasts are for tuning, what follows training for judging."""
    found = replay_on(nasa, SERVICE, model_type="ensemble")
    began, trained = nasa.position(moment_of("1995-08-14", None)), nasa.position(moment_of("1995-08-23", None))
    assert found.tuning_span == Span(began - 1, trained)
    assert found.test_span == Span(trained, len(nasa))
    with pytest.raises(InputError, match="was trained on this series until 1995-08-23") as caught:
        replay_on(nasa, SERVICE, model_type="ensemble", start=moment_of("1995-08-20", None))
    assert caught.value.errors[0].field == "start"


@pytest.mark.parametrize(
    ("span", "field"),
    [
        ({"start": day(30)}, "start"),
        ({"start": day(12), "end": day(11)}, "end"),
        ({"end": day(0)}, "end"),
        ({"start": day(0)}, "start"),
    ],
)
def test_an_empty_span_is_refused_by_the_edge_that_makes_it_so(span, field) -> None:
    with pytest.raises(HistoryTooShort) as caught:
        replay_on(daily_traffic(20), SERVICE, model_type="smoothing", **span)
    assert caught.value.errors[0].field == field


def other_future(series: Series, first: int) -> Series:
    """The same counts before a bin, four times as many from it on."""
    counts = series.requests_count.copy()
    counts[first:] *= 4
    return with_counts(series, counts)


def test_the_evaluation_days_change_neither_the_start_nor_the_default_quantile_nor_the_tuning_days() -> None:
    series = daily_traffic(20)
    first = 14 * DAY
    both = (series, other_future(series, first))
    found = [replay_on(one, SERVICE, model_type="smoothing", start=day(14)) for one in both]
    assert found[0].test.trace.current_replicas == found[1].test.trace.current_replicas
    assert found[0].forecast_test.usual_quantile == found[1].forecast_test.usual_quantile
    np.testing.assert_array_equal(
        *(one.forecast_tuning.forecasts.windows.quantile(0.9)[: -DAY // 2] for one in found),
    )


def test_a_forecast_of_an_evaluation_day_knows_nothing_after_its_origin() -> None:
    series, cut = daily_traffic(20), 17 * DAY + 40
    both = (series, other_future(series, cut + 1))
    found = [replay_on(one, SERVICE, model_type="smoothing", start=day(14)) for one in both]
    known = cut + 1 - found[0].test_span.first
    for share in (0.5, 0.9, 0.99):
        quantiles = [one.forecast_test.forecasts.windows.quantile(share) for one in found]
        np.testing.assert_array_equal(quantiles[0][:known], quantiles[1][:known])
        assert (quantiles[0][known:] != quantiles[1][known:]).any()
        gates = [one.forecast_test.trust_check(share).trusted for one in found]
        np.testing.assert_array_equal(gates[0][:known], gates[1][:known])


def test_a_schedule_learns_from_half_of_the_tuning_days_where_nothing_lies_before_them() -> None:
    short = replay_on(daily_traffic(6), SERVICE, model_type="smoothing")
    assert (short.calendar_tuning.trace.first, short.calendar_tuning.trace.end) == (round(1.5 * DAY), 3 * DAY)
    assert short.calendar_tuning.learned_until == round(1.5 * DAY)
    long = replay_on(daily_traffic(40), SERVICE, model_type="smoothing")
    assert long.calendar_tuning is long.tuning


def test_the_break_even_window_follows_the_price_of_a_launch() -> None:
    costs = {0.0: 1, 0.096 * 2: 9, 1e6: 100}  # two hours of running are eight steps; a step of boot beside them
    for cost, steps in costs.items():
        assert replace(SERVICE, launch_cost=cost).break_even_steps(900, 100) == steps
    assert replace(SERVICE, price_per_hour=0.0).break_even_steps(900, 100) == 1
    assert replace(SERVICE, price_per_hour=0.0, launch_cost=1.0).break_even_steps(900, 100) == 100
