"""The forecast at any origin, the actuals, and the interval of the hour."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.next_hour import LEVELS, ORIGINS_AN_HOUR, bins_an_hour
from forecasting.evaluation.past_forecast import BANDS, past_forecast
from forecasting.evaluation.ranking.entrants import entrant_of
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.loading import validation_forecasts
from forecasting.model_sets.training import train
from forecasting.prediction.forecasts import predict
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400
LATER = MONDAY + 12 * DAY + 9 * 3_600


def forecast_at(series, settings, origin=LATER, **options):
    return past_forecast(
        series, **{"model": "lightgbm", "horizon": 8, "origin": origin, "settings": settings, **options}
    )


def test_it_equals_predict_at_that_origin(series, tested):
    result = forecast_at(series, tested)
    alone = predict(series, model="lightgbm", horizon=8, origin=LATER, settings=tested)
    np.testing.assert_allclose(result.forecast.yhat, alone.yhat, rtol=1e-6)
    np.testing.assert_allclose(result.forecast.quantiles, alone.quantiles, rtol=1e-6)
    assert (result.forecast.model_set, result.in_sample) == ("mine", False)
    position = series.position(LATER)
    np.testing.assert_array_equal(result.actual, series.requests_count[position + 1 : position + 9])


def test_bands_and_their_coverage(series, tested):
    result = forecast_at(series, tested, horizon=96)
    shares = []
    for share in BANDS:
        low, high = result.band(share)
        inside = [bool(a <= y <= b) for y, a, b in zip(result.actual, low, high, strict=True)]
        assert result.inside(share).tolist() == inside
        assert result.share_inside(share) == pytest.approx(np.mean(inside))
        shares.append(result.share_inside(share))
    assert shares == sorted(shares)
    np.testing.assert_array_equal(result.errors, result.forecast.yhat - result.actual)
    assert result.mean_absolute_error == pytest.approx(np.abs(result.errors).mean())
    assert "of 96 bins" in result.outcome


def test_the_edges_of_the_bands_are_quantiles_of_the_forecast(series, tested):
    forecast = forecast_at(series, tested).forecast
    for share in BANDS:
        for level in ((1 - share) / 2, (1 + share) / 2):
            assert any(abs(level - known) < 1e-12 for known in forecast.levels)


def test_at_the_end_nothing_has_come_yet(series, tested):
    result = forecast_at(series, tested, origin=None)
    assert np.isnan(result.actual).all()
    assert (result.share_inside(0.8), result.mean_absolute_error, result.outcome) == (None, None, None)
    assert result.hour.actual is None
    assert result.forecast.ds[0] == series.end
    assert result.sentence.startswith("In the next hour: ")


@pytest.mark.parametrize("model", [*MAIN_MODELS, "smoothing", "naive", "seasonal_naive", "seasonal_naive_week"])
def test_what_comes_after_the_origin_changes_nothing_but_what_came(model):
    series = daily_traffic(9, 900, seed=99)
    origin = MONDAY + 6 * DAY
    after = series.position(origin) + 1
    counts = series.requests_count.copy()
    counts[after:] = np.random.default_rng(1).choice([0.0, np.nan, 1e5], len(counts) - after)
    result, changed = (
        forecast_at(one, Settings(), origin, model=model) for one in (series, with_counts(series, counts))
    )
    np.testing.assert_allclose(result.forecast.yhat, changed.forecast.yhat, rtol=1e-5)
    np.testing.assert_allclose(result.forecast.quantiles, changed.forecast.quantiles, rtol=1e-5)
    for name in ("mean", "low", "high", "before"):
        assert getattr(result.hour, name) == pytest.approx(getattr(changed.hour, name), rel=1e-5)
    assert result.hour.low is not None


def test_in_sample_origins_are_marked(series, tested):
    trained_until = MONDAY + 9 * DAY
    early = forecast_at(series, tested, MONDAY + 5 * DAY)
    assert early.in_sample
    assert "was trained on these days" in early.outcome
    assert early.hour.low is None, "errors of fitted days say nothing"
    assert not forecast_at(series, tested, trained_until - 900).in_sample, (
        "the last trained bin is followed by one that is not"
    )
    assert forecast_at(series, tested, LATER).trained_until == trained_until
    assert forecast_at(daily_traffic(4, 900, seed=99), Settings(), MONDAY + 3 * DAY).trained_until is None


def test_validation_days_have_the_forecast_made_before_the_final_training(series, trained):
    origin = MONDAY + 14 * DAY
    result = forecast_at(series, trained, origin)
    stored = validation_forecasts("mine", "15m", "lightgbm", trained)
    row = (origin - stored.first_origin) // 900
    assert not result.in_sample
    np.testing.assert_allclose(result.forecast.yhat, stored.means[row, :8])


@pytest.mark.parametrize(
    ("bin_seconds", "bins"), [(60, 60), (300, 12), (900, 4), (3_600, 1), (2_700, None), (DAY, None)]
)
def test_bins_that_make_an_hour(bin_seconds, bins):
    assert bins_an_hour(Series("x", bin_seconds, 0, np.ones(3))) == bins


def test_bins_that_make_no_hour_have_a_sentence_about_the_next_one(settings):
    series = resample(daily_traffic(16, 900), 2_700)
    train(series, model_set="odd", models=(), settings=settings)
    result = past_forecast(series, model="smoothing", horizon=4, settings=settings)
    low, high = (edge[0] for edge in result.band(0.8))
    assert result.hour is None
    assert result.sentence == (
        f"In the next bin of 45m: {result.forecast.yhat[0]:,.0f} requests (80 %: {low:,.0f} to {high:,.0f})."
    )


@pytest.mark.parametrize("bin_seconds", [900, 300])
def test_the_hours_interval_is_that_of_earlier_hours_one_by_one(bin_seconds):
    series = daily_traffic(6, bin_seconds, level=300.0, seed=5)
    settings, origin = Settings(), MONDAY + 5 * DAY + 7 * 3_600
    result = forecast_at(series, settings, origin, model="smoothing").hour
    source = entrant_of(series, "smoothing", None, settings).source
    position, length = series.position(origin), 3_600 // bin_seconds
    calibration, steps = source.fitted.calibration, np.arange(1, length + 1)

    def parts(at):
        means = source.fitted.forecaster.means(series, np.array([at]), steps)
        phi = calibration.dispersion(series, np.array([at]))
        return means.sum(), calibration.spread(means, phi, steps).sum()

    errors = []
    for at in range(0, position - length + 1, max(1, length // ORIGINS_AN_HOUR)):
        mean, spread = parts(at)
        errors.append((series.requests_count[at + 1 : at + 1 + length].sum() - mean) / spread)
    mean, spread = parts(position)
    expected = [mean + spread * np.quantile(errors, level) for level in LEVELS]
    np.testing.assert_allclose([result.low, result.high], expected)
    assert result.mean == pytest.approx(mean)
    assert result.before == series.requests_count[position + 1 - length : position + 1].sum()
    assert result.actual == series.requests_count[position + 1 : position + 1 + length].sum()


def test_too_little_history_gives_no_interval():
    series = daily_traffic(6, 900, seed=99)
    hour = forecast_at(series, Settings(), MONDAY + 2 * DAY).hour
    assert (hour.low, hour.high) == (None, None)
    assert hour.mean > 0
    assert "(80 %" not in forecast_at(series, Settings(), MONDAY + 2 * DAY).sentence


def test_the_hours_interval_holds_what_it_promises_where_errors_go_together():
    rng = np.random.default_rng(2)
    level = np.exp(np.convolve(rng.normal(0, 0.12, 40 * 96), 0.9 ** np.arange(80))[: 40 * 96])
    series = Series("wandering", 900, MONDAY, rng.poisson(200 * level).astype(float))
    within, widths = [], []
    for position in range(20 * 96, 40 * 96 - 4, 5):
        result = forecast_at(series, Settings(), MONDAY + position * 900, model="seasonal_naive")
        within.append(result.hour.low <= result.hour.actual <= result.hour.high)
        low, high = result.band(0.8)
        widths.append((result.hour.high - result.hour.low) / np.sqrt(((high - low)[:4] ** 2).sum()))
    assert 0.72 < np.mean(within) < 0.88
    assert np.mean(widths) > 1.3, "independent bins would give 1"


@pytest.mark.parametrize(
    ("last", "coming", "direction"), [(100.0, 100.0, "steady"), (100.0, 200.0, "rising"), (200.0, 100.0, "falling")]
)
def test_the_direction_is_against_the_last_hour(last, coming, direction):
    counts = np.full(7 * 96, coming)
    counts[-4:] = last
    result = forecast_at(Series("steps", 900, MONDAY, counts), Settings(), None, model="seasonal_naive")
    assert result.hour.direction == direction
    assert result.sentence.endswith(f", {direction}.")


def test_the_sentence_about_a_past_origin_has_its_time_and_the_actual(series, tested):
    result = forecast_at(series, tested)
    position = series.position(LATER)
    actual = series.requests_count[position + 1 : position + 5].sum()
    assert result.sentence.startswith("In the hour from Sat 16 Mar 09:15: ")
    assert result.sentence.endswith(f"; actual: {actual:,.0f}.")
    counts = series.requests_count.copy()
    counts[position + 1 : position + 5] = np.nan
    assert "actual" not in forecast_at(with_counts(series, counts), tested).sentence


def test_an_hour_that_is_not_known_has_no_direction():
    counts = daily_traffic(6, 900, seed=99).requests_count.copy()
    counts[-2:] = np.nan
    result = forecast_at(Series("gap", 900, MONDAY, counts), Settings(), None)
    assert (result.hour.before, result.hour.direction) == (None, None)
    assert result.unknown_bins == 2
    assert result.unknown.startswith("The last 30 min before this moment are unknown")
    before = forecast_at(Series("gap", 900, MONDAY, counts), Settings(), result.last_origin - 1_800)
    assert (before.unknown_bins, before.unknown) == (0, None)


def test_the_span_of_origins_begins_with_the_first_known_bin():
    counts = daily_traffic(6, 900, seed=99).requests_count.copy()
    counts[:10] = np.nan
    series = Series("late", 900, MONDAY, counts)
    result = forecast_at(series, Settings(), None)
    assert (result.first_origin, result.last_origin) == (MONDAY + 9_000, series.end - 900)
    assert np.isfinite(forecast_at(series, Settings(), result.first_origin).forecast.yhat).all()
    with pytest.raises(HistoryTooShort, match="must have a known value"):
        forecast_at(series, Settings(), result.first_origin - 900)


def test_origins_outside_and_horizons_out_of_range_are_refused(series, tested):
    with pytest.raises(InputError, match="origin must be a time from 2024-03-04 00:00:00"):
        forecast_at(series, tested, series.end)
    with pytest.raises(InputError, match=r"horizon must be an integer from 1 to 100 \(got 101\)"):
        forecast_at(series, tested, horizon=101)


def test_a_finer_series_is_summed_to_the_timeframe():
    series = daily_traffic(6, 300, seed=99)
    result = forecast_at(series, Settings(), MONDAY + 5 * DAY, timeframe="15m")
    assert result.forecast.timeframe == "15m"
    assert result.actual[0] == series.requests_count[series.position(MONDAY + 5 * DAY) + 3 :][:3].sum()


def test_it_can_be_cached_on_disk(series, tested):
    assert pickle.loads(pickle.dumps(forecast_at(series, tested))).sentence == forecast_at(series, tested).sentence
