"""The forecast of any moment, what came of it, and the interval of the hour."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.next_hour import LEVELS, ORIGINS_AN_HOUR, bins_an_hour
from forecasting.evaluation.past_forecast import BANDS, as_of
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


def asked(series, settings, origin=LATER, **options):
    return as_of(series, **{"model": "lightgbm", "horizon": 8, "origin": origin, "settings": settings, **options})


def test_it_is_what_predict_says_there(series, tested):
    found = asked(series, tested)
    alone = predict(series, model="lightgbm", horizon=8, origin=LATER, settings=tested)
    np.testing.assert_allclose(found.forecast.yhat, alone.yhat, rtol=1e-6)
    np.testing.assert_allclose(found.forecast.quantiles, alone.quantiles, rtol=1e-6)
    assert (found.forecast.model_set, found.in_sample) == ("mine", False)
    position = series.position(LATER)
    np.testing.assert_array_equal(found.actual, series.requests_count[position + 1 : position + 9])


def test_bands_and_what_fell_into_them(series, tested):
    found = asked(series, tested, horizon=96)
    shares = []
    for share in BANDS:
        low, high = found.band(share)
        inside = [bool(a <= y <= b) for y, a, b in zip(found.actual, low, high, strict=True)]
        assert found.inside(share).tolist() == inside
        assert found.share_inside(share) == pytest.approx(np.mean(inside))
        shares.append(found.share_inside(share))
    assert shares == sorted(shares)
    np.testing.assert_array_equal(found.errors, found.forecast.yhat - found.actual)
    assert found.mean_absolute_error == pytest.approx(np.abs(found.errors).mean())
    assert f"of {96} bins within the 80 % band" in found.outcome


def test_the_edges_of_the_bands_are_quantiles_that_are_forecast(series, tested):
    forecast = asked(series, tested).forecast
    for share in BANDS:
        for level in ((1 - share) / 2, (1 + share) / 2):
            assert any(abs(level - known) < 1e-12 for known in forecast.levels)


def test_at_the_end_nothing_has_come_yet(series, tested):
    found = asked(series, tested, origin=None)
    assert np.isnan(found.actual).all()
    assert (found.share_inside(0.8), found.mean_absolute_error, found.outcome) == (None, None, None)
    assert found.hour.actual is None
    assert found.forecast.ds[0] == series.end
    assert found.sentence.startswith("In the next hour: ")


@pytest.mark.parametrize("model", [*MAIN_MODELS, "smoothing", "naive", "seasonal_naive", "seasonal_naive_week"])
def test_what_comes_after_the_origin_changes_nothing_but_what_came(model):
    series = daily_traffic(9, 900, seed=99)
    origin = MONDAY + 6 * DAY
    after = series.position(origin) + 1
    counts = series.requests_count.copy()
    counts[after:] = np.random.default_rng(1).choice([0.0, np.nan, 1e5], len(counts) - after)
    found, changed = (asked(one, Settings(), origin, model=model) for one in (series, with_counts(series, counts)))
    np.testing.assert_allclose(found.forecast.yhat, changed.forecast.yhat, rtol=1e-5)
    np.testing.assert_allclose(found.forecast.quantiles, changed.forecast.quantiles, rtol=1e-5)
    for name in ("mean", "low", "high", "before"):
        assert getattr(found.hour, name) == pytest.approx(getattr(changed.hour, name), rel=1e-5)
    assert found.hour.low is not None


def test_origins_that_the_model_learnt_from_are_marked(series, tested):
    learnt = MONDAY + 9 * DAY
    early = asked(series, tested, MONDAY + 5 * DAY)
    assert early.in_sample
    assert "had learnt from these days" in early.outcome
    assert early.hour.low is None, "errors of fitted days say nothing"
    assert not asked(series, tested, learnt - 900).in_sample, "the last trained bin is followed by one that is not"
    assert asked(series, tested, LATER).learnt_until == learnt
    assert asked(daily_traffic(4, 900, seed=99), Settings(), MONDAY + 3 * DAY).learnt_until is None


def test_validation_days_have_the_forecast_made_before_they_were_learnt_from(series, learnt):
    origin = MONDAY + 14 * DAY
    found = asked(series, learnt, origin)
    stored = validation_forecasts("mine", "15m", "lightgbm", learnt)
    row = (origin - stored.first_origin) // 900
    assert not found.in_sample
    np.testing.assert_allclose(found.forecast.yhat, stored.means[row, :8])


@pytest.mark.parametrize(
    ("bin_seconds", "bins"), [(60, 60), (300, 12), (900, 4), (3_600, 1), (2_700, None), (DAY, None)]
)
def test_bins_that_make_an_hour(bin_seconds, bins):
    assert bins_an_hour(Series("x", bin_seconds, 0, np.ones(3))) == bins


def test_bins_that_make_no_hour_have_a_sentence_about_the_next_one(settings):
    series = resample(daily_traffic(16, 900), 2_700)
    train(series, model_set="odd", models=(), settings=settings)
    found = as_of(series, model="smoothing", horizon=4, settings=settings)
    low, high = (edge[0] for edge in found.band(0.8))
    assert found.hour is None
    assert found.sentence == (
        f"In the next bin of 45m: {found.forecast.yhat[0]:,.0f} requests (80 %: {low:,.0f} to {high:,.0f})."
    )


@pytest.mark.parametrize("bin_seconds", [900, 300])
def test_the_hours_interval_is_that_of_earlier_hours_one_by_one(bin_seconds):
    series = daily_traffic(6, bin_seconds, level=300.0, seed=5)
    settings, origin = Settings(), MONDAY + 5 * DAY + 7 * 3_600
    found = asked(series, settings, origin, model="smoothing").hour
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
    np.testing.assert_allclose([found.low, found.high], expected)
    assert found.mean == pytest.approx(mean)
    assert found.before == series.requests_count[position + 1 - length : position + 1].sum()
    assert found.actual == series.requests_count[position + 1 : position + 1 + length].sum()


def test_too_little_history_gives_no_interval():
    series = daily_traffic(6, 900, seed=99)
    hour = asked(series, Settings(), MONDAY + 2 * DAY).hour
    assert (hour.low, hour.high) == (None, None)
    assert hour.mean > 0
    assert "(80 %" not in asked(series, Settings(), MONDAY + 2 * DAY).sentence


def test_the_hours_interval_holds_what_it_promises_where_errors_go_together():
    rng = np.random.default_rng(2)
    level = np.exp(np.convolve(rng.normal(0, 0.12, 40 * 96), 0.9 ** np.arange(80))[: 40 * 96])
    series = Series("wandering", 900, MONDAY, rng.poisson(200 * level).astype(float))
    within, widths = [], []
    for position in range(20 * 96, 40 * 96 - 4, 5):
        found = asked(series, Settings(), MONDAY + position * 900, model="seasonal_naive")
        within.append(found.hour.low <= found.hour.actual <= found.hour.high)
        low, high = found.band(0.8)
        widths.append((found.hour.high - found.hour.low) / np.sqrt(((high - low)[:4] ** 2).sum()))
    assert 0.72 < np.mean(within) < 0.88
    assert np.mean(widths) > 1.3, "independent bins would give 1"


@pytest.mark.parametrize(
    ("last", "coming", "direction"), [(100.0, 100.0, "steady"), (100.0, 200.0, "rising"), (200.0, 100.0, "falling")]
)
def test_the_direction_is_against_the_last_hour(last, coming, direction):
    counts = np.full(7 * 96, coming)
    counts[-4:] = last
    found = asked(Series("steps", 900, MONDAY, counts), Settings(), None, model="seasonal_naive")
    assert found.hour.direction == direction
    assert found.sentence.endswith(f", {direction}.")


def test_the_sentence_about_a_past_moment_says_when_and_what_came(series, tested):
    found = asked(series, tested)
    position = series.position(LATER)
    came = series.requests_count[position + 1 : position + 5].sum()
    assert found.sentence.startswith("In the hour from Sat 16 Mar 09:15: ")
    assert found.sentence.endswith(f"; {came:,.0f} came.")
    counts = series.requests_count.copy()
    counts[position + 1 : position + 5] = np.nan
    assert "came" not in asked(with_counts(series, counts), tested).sentence


def test_an_hour_that_is_not_known_has_no_direction():
    counts = daily_traffic(6, 900, seed=99).requests_count.copy()
    counts[-2:] = np.nan
    found = asked(Series("gap", 900, MONDAY, counts), Settings(), None)
    assert (found.hour.before, found.hour.direction) == (None, None)
    assert found.unknown_bins == 2
    assert found.unknown.startswith("The last 30 min before this moment are unknown")
    before = asked(Series("gap", 900, MONDAY, counts), Settings(), found.last_origin - 1_800)
    assert (before.unknown_bins, before.unknown) == (0, None)


def test_the_span_of_origins_begins_with_the_first_known_bin():
    counts = daily_traffic(6, 900, seed=99).requests_count.copy()
    counts[:10] = np.nan
    series = Series("late", 900, MONDAY, counts)
    found = asked(series, Settings(), None)
    assert (found.first_origin, found.last_origin) == (MONDAY + 9_000, series.end - 900)
    assert np.isfinite(asked(series, Settings(), found.first_origin).forecast.yhat).all()
    with pytest.raises(HistoryTooShort, match="no known value"):
        asked(series, Settings(), found.first_origin - 900)


def test_origins_outside_and_horizons_out_of_range_are_refused(series, tested):
    with pytest.raises(InputError, match="origin must be a time from 2024-03-04 00:00:00"):
        asked(series, tested, series.end)
    with pytest.raises(InputError, match="horizon is 101"):
        asked(series, tested, horizon=101)


def test_a_finer_series_is_summed_to_the_timeframe():
    series = daily_traffic(6, 300, seed=99)
    found = asked(series, Settings(), MONDAY + 5 * DAY, timeframe="15m")
    assert found.forecast.timeframe == "15m"
    assert found.actual[0] == series.requests_count[series.position(MONDAY + 5 * DAY) + 3 :][:3].sum()


def test_it_can_be_kept_on_disk(series, tested):
    assert pickle.loads(pickle.dumps(asked(series, tested))).sentence == asked(series, tested).sentence
