"""What comes after the origin changes no forecast of `adaptive` and `auto`, and a request equals a backtest."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster
from forecasting.forecasters.adaptive.auto_forecaster import AutoForecaster
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from tests.forecasting.forecasters.adaptive.services import drawn, flat, service, with_counts

STEPS = np.array([1, 2, 7, 12, 20, 24, 100])
NEAR = np.array([1, 4, 12])
QUARTER, HALF_HOUR = 900, 1800

END = 16 * 48
"""The bin at which the heads' training ends."""

CLOCK_CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Adelaide", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Asia/Kolkata", "2026-03-29"),
]
"""Lord Howe moves its clock by half an hour; Adelaide and Kolkata lie half an hour beside the full hours."""


def everything(model: AdaptiveForecaster, series: Series, origin: int, steps: np.ndarray) -> list[np.ndarray]:
    """Return means, spread, quantiles and member weights from one origin."""
    made = model.forecasts(series, np.array([origin]), steps)
    weights = model.member_weights(series, np.array([origin]), steps[steps <= 12])[1]
    return [made.means, made.spread, made.quantiles, weights]


def changed_after(series: Series, origin: int, what: str) -> Series:
    """Return the series with everything after the origin replaced."""
    counts = series.requests_count.copy()
    rest = len(counts) - origin - 1
    counts[origin + 1 :] = np.nan if what == "unknown" else np.random.default_rng(9).choice([0.0, 7.0, 1e5], rest)
    return with_counts(series, counts)


def assert_no_leak(model: AdaptiveForecaster, series: Series, origin: int, steps: np.ndarray, what: str) -> None:
    before = everything(model, series, origin, steps)
    for one, other in zip(before, everything(model, changed_after(series, origin, what), origin, steps), strict=True):
        assert np.isfinite(one).all()
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("what", ["noise", "unknown"])
@pytest.mark.parametrize(("zone", "sunday"), CLOCK_CHANGES)
def test_nothing_leaks_across_a_clock_change(zone: str, sunday: str, what: str):
    first = str(np.datetime64(sunday) - 9)
    series = service(11, QUARTER, zone, first)
    night = series.position(moment_of(sunday, zone)) + 6
    for origin in (night, night + 60):
        assert_no_leak(AdaptiveForecaster(), series, origin, STEPS, what)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
def test_a_series_cut_at_the_origin_gives_the_same_forecast(zone: str):
    series = service(16, QUARTER, zone, "2026-10-01")
    model = AdaptiveForecaster()
    for origin in (40, 1111):
        cut = series.slice(0, origin + 1)
        for whole, alone in zip(
            everything(model, series, origin, STEPS), everything(model, cut, origin, STEPS), strict=True
        ):
            np.testing.assert_allclose(alone, whole, rtol=1e-9, atol=1e-12)


def hourly_spike() -> Series:
    """Return minutes with a spike at the same minute of every hour."""
    series = service(2.4, 60, level=40.0)
    return drawn(series, 40.0 + 300.0 * (np.arange(len(series)) % 60 == 7), seed=2)


@pytest.mark.parametrize("what", ["noise", "unknown"])
def test_nothing_leaks_at_one_minute_with_an_hourly_spike(what: str):
    series = hourly_spike()
    assert_no_leak(AdaptiveForecaster(), series, 60 * 50 + 5, STEPS, what)


@pytest.fixture(scope="module")
def half_hours() -> Series:
    return service(24, HALF_HOUR, "Europe/Berlin", "2026-03-14", seed=4)


@pytest.fixture(scope="module")
def trained(half_hours: Series) -> AutoForecaster:
    return AutoForecaster().fit(half_hours, stop_at=END)


@pytest.mark.parametrize("what", ["noise", "unknown"])
def test_nothing_leaks_with_trained_heads(trained: AutoForecaster, half_hours: Series, what: str):
    for origin in (END - 1, END + 150):
        assert_no_leak(trained, half_hours, origin, STEPS, what)


def test_training_does_not_see_what_comes_after_its_end(trained: AutoForecaster, half_hours: Series):
    other = AutoForecaster().fit(changed_after(half_hours, END - 1, "noise"), stop_at=END)
    origin = END + 200
    for one, same in zip(
        everything(trained, half_hours, origin, NEAR), everything(other, half_hours, origin, NEAR), strict=True
    ):
        np.testing.assert_array_equal(one, same)


def test_a_request_to_trained_heads_equals_their_backtest(trained: AutoForecaster, half_hours: Series):
    for origin in (END + 11, END + 230):
        whole = everything(trained, half_hours, origin, NEAR)
        alone = everything(trained, half_hours.slice(0, origin + 1), origin, NEAR)
        for one, other in zip(whole, alone, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


def test_heads_saved_and_loaded_forecast_the_same(trained: AutoForecaster, half_hours: Series, tmp_path):
    trained.save(tmp_path)
    loaded = AutoForecaster.load(tmp_path)
    assert (loaded.rho, loaded.trained_until) == (trained.rho, trained.trained_until)
    origins = np.arange(END + 90, END + 120)
    one, other = (model.forecasts(half_hours, origins, NEAR) for model in (trained, loaded))
    np.testing.assert_array_equal(one.means, other.means)
    np.testing.assert_array_equal(one.quantiles, other.quantiles)


def test_the_heads_have_a_vote(trained: AutoForecaster, half_hours: Series):
    names, weights = trained.member_weights(half_hours, np.arange(END, END + 380, 24), NEAR)
    assert names[-2:] == ("residual_heads", "direct_heads")
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert weights[:, -2:].sum(axis=1).mean() > 0.1


def test_a_constant_trains_no_heads():
    series = flat(20, QUARTER, 55.0)
    assert AutoForecaster().fit(series).heads == {}
