"""The distribution of each step: leak-free, with the right share above each quantile, and unmoved by one odd bin."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.hindcasts.evidence import CEILING, evidence_of, without_odd_bins
from forecasting.hindcasts.residual_points import FARTHEST, WEIGHTS, points_of, quantile_of_points
from forecasting.hindcasts.simple_source import SimpleSource
from forecasting.hindcasts.step_forecasts import rule_steps, step_forecasts_of
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic, with_counts

DAYS, FIRST = 30, 16 * 96
STEPS = rule_steps(4)


@pytest.fixture(scope="module")
def series() -> Series:
    return daily_traffic(DAYS)


class TestPoints:
    def test_they_keep_the_mean_and_rise(self):
        sample = np.sort(np.random.default_rng(0).normal(3.0, 2.0, 5_000))
        points = points_of(sample)
        assert WEIGHTS.sum() == pytest.approx(1.0)
        assert (np.diff(points) >= 0).all()
        assert points @ WEIGHTS == pytest.approx(sample.mean(), abs=0.05)

    def test_one_outlier_has_no_weight_in_the_tail(self):
        sample = np.sort(np.random.default_rng(1).normal(0.0, 1.0, 4_000))
        outlier = sample.copy()
        outlier[-1] = 1e9
        assert points_of(outlier)[-1] == pytest.approx(points_of(sample)[-1])

    def test_the_tail_goes_past_the_highest_residual(self):
        sample = np.sort(np.random.default_rng(2).exponential(1.0, 2_000))
        assert points_of(sample)[-1] > sample[-1]
        assert WEIGHTS[-1] == FARTHEST

    def test_a_quantile_is_about_the_sample_s(self):
        sample = np.sort(np.random.default_rng(3).normal(0.0, 1.0, 20_000))
        for share in (0.5, 0.9, 0.99):
            assert quantile_of_points(points_of(sample), share) == pytest.approx(np.quantile(sample, share), abs=0.25)

    @pytest.mark.parametrize("sample", [np.zeros(5), np.array([2.0]), np.array([1.0, 1.0, 7.0])])
    def test_samples_without_spread_are_fine(self, sample):
        points = points_of(sample)
        assert np.isfinite(points).all()
        assert points[0] >= sample[0]


class TestEvidence:
    def test_a_height_was_reached_on_two_days(self, series):
        at = 20 * 96 + 40
        counts = series.requests_count.copy()
        counts[at] *= 100
        plain, odd = evidence_of(series), evidence_of(with_counts(series, counts))
        assert np.nanmax(odd.height) == pytest.approx(np.nanmax(plain.height), rel=0.2)
        assert odd.cut[at] == pytest.approx(CEILING * odd.height[at])
        assert np.flatnonzero(odd.odd).tolist() == [at]

    def test_a_day_that_is_reached_again_counts(self, series):
        counts = series.requests_count.copy()
        counts[20 * 96 :] *= 5
        height = evidence_of(with_counts(series, counts)).height
        assert height[22 * 96] > 3 * height[20 * 96 - 1]

    def test_what_comes_later_changes_nothing(self, series):
        counts = series.requests_count.copy()
        counts[FIRST:] *= 7
        one, other = evidence_of(series), evidence_of(with_counts(series, counts))
        np.testing.assert_array_equal(one.height[:FIRST], other.height[:FIRST])

    def test_few_days_have_the_third_highest_bin(self):
        series = with_counts(daily_traffic(1), np.r_[5.0, 9.0, 7.0, 100.0, np.full(92, 6.0)])
        assert evidence_of(series).height[:5].tolist() == [5.0, 5.0, 5.0, 7.0, 7.0]

    def test_without_odd_bins_it_is_the_series_itself(self, series):
        assert without_odd_bins(series) is series


class TestStepForecasts:
    def test_quantiles_hold(self, series):
        made = step_forecasts_of(SimpleSource(series), FIRST, len(series), STEPS)
        counts = series.requests_count
        for column, step in enumerate(STEPS.tolist()):
            there = made.origins + step
            known = there < len(counts)
            above = [counts[there[known]] > made.quantile(column, share)[known] for share in (0.5, 0.9)]
            assert 0.3 < above[0].mean() < 0.7
            assert 0.05 < above[1].mean() < 0.2

    def test_no_forecast_knows_what_comes(self, series):
        counts = series.requests_count.copy()
        at = 20 * 96 + 30
        counts[at:] = 3 * counts[at:][::-1]
        one = step_forecasts_of(SimpleSource(series), FIRST, len(series), STEPS).since(FIRST, at)
        other = step_forecasts_of(SimpleSource(with_counts(series, counts)), FIRST, len(series), STEPS).since(FIRST, at)
        for name in ("mean", "scale"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9)
        np.testing.assert_allclose(one.points[one.pool_of], other.points[other.pool_of], rtol=1e-9)

    def test_one_odd_bin_moves_nothing_but_a_pool(self, series):
        counts = series.requests_count.copy()
        counts[20 * 96 + 40] *= 100
        bins = FIRST, 22 * 96
        one = step_forecasts_of(SimpleSource(series), *bins, STEPS)
        other = step_forecasts_of(SimpleSource(with_counts(series, counts)), *bins, STEPS)
        high = [np.nanmax(made.mean + made.scale * made.points[made.pool_of][:, :, -1]) for made in (one, other)]
        assert high[1] < 1.5 * high[0]

    def test_k_times_the_traffic_is_k_times_the_forecast(self, series):
        made = step_forecasts_of(SimpleSource(series), FIRST, FIRST + 96, STEPS)
        np.testing.assert_allclose(made.scaled(3.0).quantile(1, 0.9), 3.0 * made.quantile(1, 0.9))
