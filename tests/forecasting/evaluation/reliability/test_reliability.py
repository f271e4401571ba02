"""Calibration, errors and drift: every figure against a slow reference, every sentence against a constructed case."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest

from forecasting import prediction
from forecasting.errors import HistoryTooShort
from forecasting.evaluation.ranking.entrants import entrant_of, evaluation_days
from forecasting.evaluation.reliability.drift import Drift, dispersion, drift_of
from forecasting.evaluation.reliability.quantile_counts import PIT_EDGES, QuantileCounts, shares_of
from forecasting.evaluation.reliability.reliability import reliability_of
from forecasting.evaluation.reliability.residuals import (
    MOST_BUCKETS,
    error_autocorrelation,
    residuals_over_time,
    standardised,
)
from forecasting.forecasters.base import QUANTILES
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400


@pytest.fixture(scope="module")
def run(series, tested):
    return prediction.backtest(series, model="lightgbm", settings=tested, steps=(1, 4, 12))


@pytest.fixture(scope="module")
def quiet():
    """A backtest of a service that often has no request in a bin, so that its quantiles are often 0."""
    counts = np.random.default_rng(8).poisson(0.8, 8 * 96).astype(float)
    return prediction.backtest(
        Series("quiet", 900, MONDAY, counts), model="smoothing", settings=Settings(), steps=(1, 2)
    )


@pytest.fixture(scope="module")
def reliability(series, tested):
    return reliability_of(series, model="lightgbm", settings=tested)


class TestLevels:
    def test_observed_shares_are_those_of_the_backtests_rows(self, run):
        counts, frame = QuantileCounts.of(run), run.frame()
        for column, rows in [(None, frame), (1, frame[frame["step"] == 4])]:
            shares = counts.reliability(column)
            expected = [(rows["y"] <= rows[f"q{100 * level:g}"]).mean() for level in QUANTILES]
            np.testing.assert_allclose(shares.observed, expected)
            assert shares.n == len(rows)

    def test_coverage_is_that_of_the_scores(self, run, quiet):
        for one in (run, quiet):
            counts, scores = QuantileCounts.of(one), one.scores()[:-1]
            for share, name in ((0.8, "coverage_80"), (0.9, "coverage_90")):
                np.testing.assert_allclose(counts.coverage_by_step(share), [row[name] for row in scores])

    def test_the_histogram_counts_every_target_once(self, run, quiet):
        for one in (run, quiet):
            histogram = QuantileCounts.of(one).histogram()
            assert histogram.observed.sum() == pytest.approx(1.0)
            assert len(histogram.observed) == 10

    def test_a_target_on_several_quantiles_is_shared_out_among_the_classes_between(self, quiet):
        frame, mass = quiet.frame(), np.zeros(10)
        edges = frame[[f"q{100 * level:g}" for level in PIT_EDGES]].to_numpy()
        for y, row in zip(frame["y"], edges, strict=True):
            first, last = int((row < y).sum()), int((row <= y).sum())
            mass[first : last + 1] += 1 / (last - first + 1)
        assert ((edges == frame["y"].to_numpy()[:, None]).sum(axis=1) > 1).any(), "there are such targets"
        np.testing.assert_allclose(QuantileCounts.of(quiet).histogram().observed, mass / len(frame))

    def test_intervals_are_those_of_a_bootstrap_over_days(self, run):
        counts = QuantileCounts.of(run)
        shares = counts.reliability()
        below = run.frame().assign(day=lambda f: f["ds"].str[:10], hit=lambda f: f["y"] <= f["q90"])
        daily = below.groupby("day")["hit"].agg(["sum", "count"]).to_numpy()
        rng = np.random.default_rng(0)
        drawn = [np.divide(*daily[rng.integers(0, 6, 6)].sum(axis=0)) for _ in range(3_000)]
        low, high = np.quantile(drawn, (0.025, 0.975))
        k = QUANTILES.index(0.9)
        assert shares.low[k] <= low + 0.005
        assert shares.high[k] >= high - 0.005
        assert shares.high[k] - shares.low[k] < 2.5 * (high - low)

    def test_too_few_days_have_no_interval(self):
        shares = shares_of(np.ones((3, 2)), np.full(3, 2.0))
        assert shares.observed.tolist() == [0.5, 0.5]
        assert np.isnan(shares.low).all()

    def test_unknown_targets_are_not_counted(self, series, tested):
        counts = series.requests_count.copy()
        counts[12 * 96 : 12 * 96 + 10] = np.nan
        run = prediction.backtest(with_counts(series, counts), model="naive", settings=tested, steps=(1,))
        assert QuantileCounts.of(run).known.sum() == 6 * 96 - 10
        assert QuantileCounts.of(run).classes.sum() == pytest.approx(6 * 96 - 10)


class TestResiduals:
    def test_a_residual_is_the_error_over_the_spread_of_the_calibration(self, run):
        frame, errors = dataclasses.replace(run, follows=False).frame(), standardised(run)
        calibration = run.model.calibration
        column, k = 0, QUANTILES.index(0.9)
        offset = np.interp(run.steps[column], calibration.knots, calibration.offsets[:, k])
        rows = frame[frame["step"] == 1]
        spread = (rows["q90"] - rows["yhat"]) / offset
        known = errors[:, column][np.isfinite(errors[:, column])]
        np.testing.assert_allclose(known, (rows["y"] - rows["yhat"]) / spread, rtol=1e-6)

    def test_buckets_hold_what_a_group_by_would(self, run):
        reliability = residuals_over_time(run)
        good = np.isfinite(standardised(run)[:, 0])
        table = pd.DataFrame({"z": standardised(run)[good, 0], "wall": run.target_wall[good, 0]})
        groups = table.groupby(table["wall"] // reliability.bucket_seconds)["z"]
        assert reliability.seconds.tolist() == [key * reliability.bucket_seconds for key in groups.groups]
        np.testing.assert_allclose(reliability.mean, groups.mean())
        np.testing.assert_allclose(reliability.low, groups.quantile(0.1))
        np.testing.assert_allclose(reliability.high, groups.quantile(0.9))
        assert reliability.known.tolist() == groups.count().tolist()
        assert len(reliability.seconds) <= MOST_BUCKETS

    def test_long_spans_get_longer_buckets(self):
        series = daily_traffic(60, 3_600, seed=99).slice(0, 60 * 24)
        entrant = entrant_of(resampled(series), "naive", "nasa-http", Settings())
        run = evaluation_days([entrant], steps=(1,)).run(entrant)
        reliability = residuals_over_time(run)
        assert len(reliability.seconds) <= MOST_BUCKETS
        assert reliability.bucket_seconds % 3_600 == 0

    def test_the_autocorrelation_is_that_of_pairs(self, series, tested):
        entrant = entrant_of(series, "naive", None, tested)
        run = evaluation_days([entrant]).every_bin(1_000).run(entrant)
        reliability, errors = error_autocorrelation(run), standardised(run)[:, 0]
        for lag in (1, 2, 96):
            expected = np.corrcoef(errors[:-lag], errors[lag:])[0, 1]
            at = reliability.lag_seconds.tolist().index(lag * 900)
            assert reliability.correlation[at] == pytest.approx(expected)
            assert reliability.bound[at] == pytest.approx(1.96 / np.sqrt(len(errors) - lag))

    def test_errors_of_the_last_value_on_noise_are_negatively_correlated(self):
        counts = np.random.default_rng(3).poisson(50, 12 * 96).astype(float)
        reliability = reliability_of(Series("noise", 900, MONDAY, counts), model="naive", settings=Settings())
        assert reliability.autocorrelation.correlation[0] == pytest.approx(-0.5, abs=0.06)
        assert "the forecast overreacts to noise" in reliability.sentences[1]


def resampled(series):
    """The same counts as quarter hours: only the shipped set's timeframes have a model."""
    return Series(series.name, 900, series.start, np.repeat(series.requests_count / 4, 4))


class TestDrift:
    def test_more_and_noisier_traffic_is_noticed(self, series, tested):
        counts = series.requests_count.copy()
        rng = np.random.default_rng(1)
        counts[9 * 96 :] = rng.poisson(2 * counts[9 * 96 :]) + 60 * rng.integers(0, 2, 6 * 96)
        drift = reliability_of(with_counts(series, counts), model="lightgbm", settings=tested).drift
        assert drift.level_now == pytest.approx(counts[9 * 96 :].mean())
        hour = (np.arange(15 * 96) // 4) % 168
        usual = pd.Series(counts[: 9 * 96]).groupby(hour[: 9 * 96]).mean()
        assert drift.level_before == pytest.approx(usual[hour[9 * 96 :]].mean())
        assert drift.sentences[0].startswith(f"Traffic is {100 * drift.level_change:.0f} % higher than on the ")
        assert "higher than on the training days" in drift.sentences[1]

    def test_similar_days_are_reported_as_such(self, reliability):
        assert reliability.drift.level_change == pytest.approx(0, abs=0.05)
        assert reliability.drift.noise_change == pytest.approx(0, abs=0.2)
        assert reliability.drift.sentences[0].startswith("Traffic is at the level of the training days")
        assert "Its noise is the same as on the training days." in reliability.drift.sentences
        assert reliability.drift.reference == "the training days"

    def test_the_level_is_compared_at_the_same_hours(self, tested):
        series = daily_traffic(15, 900)
        saturday = MONDAY + 12 * DAY
        drift = reliability_of(series, model="naive", settings=tested, start=saturday, end=saturday + 2 * DAY).drift
        assert drift.level_change == pytest.approx(0, abs=0.06), "weekends have a third less, all of them"

    def test_in_the_first_week_hours_of_the_day_are_compared(self):
        series = daily_traffic(4, 900, seed=99)
        drift = reliability_of(
            series, model="naive", settings=Settings(), start=MONDAY + 2 * DAY, end=MONDAY + 2 * DAY + DAY // 4
        ).drift
        night = series.requests_count[: 2 * 96].reshape(2, 96)[:, :24]
        assert drift.level_before == pytest.approx(night.mean())

    def test_noise_is_half_the_mean_square_of_differences_over_the_mean(self):
        assert dispersion(Series("x", 900, 0, np.array([2.0, 4.0, np.nan, 4.0, 2.0]))) == pytest.approx(2 / 3)
        assert dispersion(Series("x", 900, 0, np.zeros(5))) is None
        assert dispersion(Series("x", 900, 0, np.full(5, np.nan))) is None

    def test_of_independent_counts_noise_is_the_dispersion(self):
        counts = np.random.default_rng(6).negative_binomial(50, 0.25, 50_000).astype(float)
        assert dispersion(Series("x", 900, 0, counts)) == pytest.approx(4.0, rel=0.05)

    def test_bias_is_the_mean_error_over_the_mean_demand(self, run, series):
        drift = drift_of(run, QuantileCounts.of(run), 9 * 96)
        frame = run.frame()
        assert drift.bias == pytest.approx((frame["yhat"] - frame["y"]).sum() / frame["y"].sum())

    def test_falling_coverage_is_reported(self, run):
        counts = QuantileCounts.of(run)
        long = repeated(counts, 3)
        known, at_most = long.known, long.at_most.copy()
        assert drift_of(run, long, 9 * 96).fell is False
        k = QUANTILES.index(0.9)
        at_most[-5:, :, k] -= 0.3 * known[-5:]
        drift = drift_of(run, dataclasses.replace(long, at_most=at_most), 9 * 96)
        assert drift.fell
        assert drift.coverage_recent == pytest.approx(drift.coverage_earlier - 0.3 * 5 / drift.recent_days, abs=0.05)
        assert "Coverage of the 80 % interval has fallen" in drift.sentences[-1]

    def test_too_few_days_say_nothing_about_coverage(self, reliability):
        assert (reliability.drift.fell, reliability.drift.coverage_recent) == (None, None)
        assert not any("Coverage" in text for text in reliability.drift.sentences)

    def test_without_a_day_before_nothing_is_compared(self):
        series = daily_traffic(4, 900, seed=99)
        drift = reliability_of(series, model="naive", settings=Settings(), start=MONDAY + DAY // 2).drift
        assert (drift.level_before, drift.level_change, drift.noise_before) == (None, None, None)

    @pytest.mark.parametrize(("bias", "text"), [(0.06, "6 % too high"), (-0.06, "6 % too low"), (0.01, "unbiased")])
    def test_sentences_of_bias(self, bias, text):
        drift = Drift("the training days", 10.0, None, None, None, bias, 4, None, None, None, 900)
        assert text in drift.sentences[0]


def repeated(counts: QuantileCounts, times: int) -> QuantileCounts:
    """The same days several times over."""
    arrays = {
        name: np.tile(getattr(counts, name), (times, *[1] * (getattr(counts, name).ndim - 1)))
        for name in ("known", "at_most", "below", "classes")
    }
    return QuantileCounts(**arrays)


class TestReliability:
    def test_it_covers_the_test_days(self, reliability):
        assert (reliability.start, reliability.end, reliability.kind) == (MONDAY + 9 * DAY, MONDAY + 15 * DAY, "test")
        assert reliability.counts.known.shape == (6, 12)
        assert len(reliability.days) == 6

    def test_intervals_are_assessed_by_their_coverage(self, reliability):
        share = reliability.counts.inside(0.8).sum() / reliability.counts.known.sum()
        assert reliability.sentences[0].startswith(
            f"The 80 % interval of LightGBM covered {100 * share:.0f} % of the actuals"
        )

    @pytest.mark.parametrize(("coverage", "verdict"), [(0.8, "as it should"), (0.5, "too narrow"), (0.99, "too wide")])
    def test_the_verdict_on_the_intervals(self, coverage, verdict, reliability):
        counts, rng = reliability.counts, np.random.default_rng(0)
        inside = coverage * counts.known + rng.normal(0, 0.3, counts.known.shape)
        at_most, low, high = counts.below.copy(), QUANTILES.index(0.1), QUANTILES.index(0.9)
        at_most[..., high] = counts.below[..., low] + inside
        changed = dataclasses.replace(reliability, counts=dataclasses.replace(counts, at_most=at_most))
        assert verdict in changed.sentences[0]

    def test_nothing_after_the_end_changes_a_figure(self, series, tested):
        counts = series.requests_count.copy()
        counts[13 * 96 :] = np.random.default_rng(0).choice([0.0, np.nan, 1e5], 2 * 96)
        one, other = (
            reliability_of(s, model="lightgbm", settings=tested, end=MONDAY + 13 * DAY)
            for s in (series, with_counts(series, counts))
        )
        np.testing.assert_array_equal(one.counts.at_most, other.counts.at_most)
        np.testing.assert_allclose(one.residuals.mean, other.residuals.mean, rtol=1e-5)
        np.testing.assert_allclose(
            one.autocorrelation.correlation, other.autocorrelation.correlation, rtol=1e-4, atol=1e-6
        )
        assert one.sentences == other.sentences

    def test_progress_reaches_the_end(self, series, tested):
        shares = []
        reliability_of(series, model="lightgbm", settings=tested, progress=lambda share, doing: shares.append(share))
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1.0)

    def test_a_range_without_known_bins_is_refused(self, series, tested):
        counts = series.requests_count.copy()
        counts[11 * 96 : 12 * 96] = np.nan
        span = {"start": MONDAY + 11 * DAY, "end": MONDAY + 12 * DAY}
        with pytest.raises(HistoryTooShort, match="No bin of 'test' in this range is known"):
            reliability_of(with_counts(series, counts), model="naive", settings=tested, **span)

    def test_it_can_be_cached_on_disk(self, reliability):
        assert pickle.loads(pickle.dumps(reliability)).sentences == reliability.sentences
        assert len(pickle.dumps(reliability)) < 500_000
