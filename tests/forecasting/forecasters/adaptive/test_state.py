"""A series that goes on: its forecasts, paid for by its new bins only, are those from scratch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster
from forecasting.forecasters.adaptive.auto_forecaster import AutoForecaster
from forecasting.forecasters.adaptive.state import AdaptiveState, Lineage
from forecasting.timeseries.series import Series
from tests.forecasting.forecasters.adaptive.services import service, with_counts

STEPS = np.array([1, 2, 5, 12, 20, 30, 100])


def awkward(days: float, bin_seconds: int, start: str) -> Series:
    """Return a service across a clock change, with unknown bins, an outage, a freak and a level shift."""
    series = service(days, bin_seconds, "Europe/Berlin", start)
    counts, n = series.requests_count.copy(), len(series)
    counts[n // 5 : n // 4] = np.nan
    counts[n // 2 : n // 2 + 3] = 0.0
    counts[int(0.7 * n)] *= 70
    counts[int(0.88 * n) :] *= 3
    counts[int(0.92 * n) : int(0.93 * n)] = np.nan
    return with_counts(series, counts)


def until(series: Series, end: int) -> Series:
    """Return the first bins as a series that shares nothing with the whole."""
    return replace(series, requests_count=series.requests_count[:end].copy())


def from_scratch(series: Series) -> Series:
    """Return the series with a state of its own."""
    again = replace(series)
    state = Lineage(again).state(again)
    assert state is not None
    assert AdaptiveState.cached(again, state) is state
    return again


def assert_equal(model: AdaptiveForecaster, one: Series, other: Series, origins: np.ndarray) -> None:
    made, expected = (model.forecasts(each, origins, STEPS) for each in (one, other))
    for name in ("means", "spread", "quantiles"):
        np.testing.assert_allclose(getattr(made, name), getattr(expected, name), rtol=1e-11, atol=1e-9)
    weights = [model.member_weights(each, origins, STEPS)[1] for each in (one, other)]
    np.testing.assert_allclose(weights[0], weights[1], atol=1e-11)


@pytest.mark.parametrize(
    ("days", "bin_seconds", "start"),
    [(9.4, 900, "2026-03-23"), (9.4, 900, "2026-10-19"), (3.3, 300, "2026-03-27"), (40, 3600, "2026-10-01")],
)
def test_new_bins_give_the_forecasts_from_scratch(days: float, bin_seconds: int, start: str):
    whole, model = awkward(days, bin_seconds, start), AdaptiveForecaster()
    ends = np.linspace(0.75 * len(whole), len(whole), 12).astype(int).tolist()
    ends = sorted({*ends, ends[3] + 1, ends[3] + 2, ends[3] + 3})
    for end in ends[:-1]:
        series = until(whole, end)
        model.forecasts(series, np.array([end - 1]), STEPS[: 4 if end % 2 else 7])
    lineage = AdaptiveState.of(series).lineage
    series = until(whole, len(whole))
    assert AdaptiveState.of(series).lineage is lineage
    assert_equal(model, series, from_scratch(series), np.arange(len(whole) - 150, len(whole)))


def test_an_earlier_state_stays_right_while_its_series_goes_on():
    whole, model = awkward(9.4, 900, "2026-03-23"), AdaptiveForecaster()
    earlier = until(whole, 800)
    model.forecasts(earlier, np.array([799]), STEPS[:3])
    model.forecasts(until(whole, 870), np.array([869]), STEPS)
    assert_equal(model, earlier, from_scratch(earlier), np.arange(700, 800))


def test_bins_that_change_after_the_last_midnight_change_the_forecasts():
    whole, model = awkward(9.4, 900, "2026-03-23"), AdaptiveForecaster()
    first = until(whole, 850)
    before = model.forecasts(first, np.array([849]), STEPS)
    counts = whole.requests_count[:860].copy()
    counts[840:850] = 400.0
    revised = replace(whole, requests_count=counts)
    assert_equal(model, revised, from_scratch(revised), np.arange(800, 860))
    np.testing.assert_array_equal(model.forecasts(replace(first), np.array([849]), STEPS).means, before.means)


def test_the_heads_losses_go_on():
    whole = awkward(9.4, 900, "2026-03-23")
    model = AutoForecaster().fit(whole.slice(0, 600))
    assert model.heads
    for end in (700, 790, 791, 792, 800, 880):
        series = until(whole, end)
        model.forecasts(series, np.array([end - 1]), STEPS)
    assert_equal(model, series, from_scratch(series), np.arange(560, 880))
    counts = whole.requests_count[:880].copy()
    counts[-4:] = 500.0
    revised = replace(whole, requests_count=counts)
    assert_equal(model, revised, from_scratch(revised), np.arange(700, 880))
