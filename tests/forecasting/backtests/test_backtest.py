"""Rolling origins: who is forecast, from where, and what is never scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.backtests.backtest import backtest as run_backtest
from forecasting.backtests.metrics import SUMS
from forecasting.errors import HistoryTooShort, InputError
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES, WITHOUT_SET
from forecasting.prediction.blocks import block_backtest
from forecasting.prediction.forecasts import backtest, predict
from forecasting.prediction.model_choice import chosen
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

SES = {"1m": 14.07, "5m": 46.5, "15m": 120.0}
"""One-step RMSE of tuned exponential smoothing on 23-31 August: the bar for every trained model."""


def run(series, **options):
    return backtest(series, **{"model": "seasonal_naive", "settings": Settings(), **options})


def test_each_origin_and_step_once_with_what_came():
    series = daily_traffic(4, 900)
    start, end = MONDAY + 2 * 86_400, MONDAY + 3 * 86_400
    frame = run(series, start=start, end=end, steps=(1, 3, 12)).frame()
    assert not frame.duplicated(["origin", "step"]).any()
    assert len(frame) == 3 * 96
    origin, ds = pd.to_datetime(frame["origin"]), pd.to_datetime(frame["ds"])
    assert (ds - origin == frame["step"] * pd.Timedelta(minutes=15)).all()
    assert ds.min() == pd.Timestamp("2024-03-06 00:00:00")
    assert ds.max() == pd.Timestamp("2024-03-06 23:45:00"), "the end is excluded"
    position = ((ds - pd.Timestamp("2024-03-04")) / pd.Timedelta(minutes=15)).astype(int)
    np.testing.assert_array_equal(frame["y"], series.requests_count[position])
    assert list(frame.columns) == ["origin", "step", "ds", "y", "yhat", *(f"q{100 * q:g}" for q in QUANTILES)]


def test_a_row_of_the_file_is_what_predict_says_at_that_origin():
    series = daily_traffic(5, 900)
    frame = run(series, model="lightgbm", start=MONDAY + 4 * 86_400, steps=range(1, 5)).frame()
    at = moment_of(frame["origin"].iloc[40], None)
    rows = frame[frame["origin"] == frame["origin"].iloc[40]]
    alone = predict(series, model="lightgbm", horizon=4, origin=at, settings=Settings())
    np.testing.assert_allclose(rows["yhat"], alone.yhat[rows["step"] - 1], rtol=1e-6)
    np.testing.assert_allclose(rows["q90"], alone.quantile(0.9)[rows["step"] - 1], rtol=1e-6)


def test_stride_takes_every_kth_origin():
    series = daily_traffic(4, 900)
    frame = run(series, start=MONDAY + 2 * 86_400, steps=(1,), stride=8).frame()
    assert len(frame) == 2 * 96 // 8


def test_unknown_targets_are_listed_empty_and_never_scored():
    series = daily_traffic(4, 900)
    counts = series.requests_count.copy()
    counts[300:310] = np.nan
    result = run(with_counts(series, counts), start=MONDAY + 3 * 86_400, steps=(1,))
    assert result.frame()["y"].isna().sum() == 10
    assert result.scores()[0]["n"] == 96 - 10


def test_scores_by_step_and_hour_add_up_to_the_path():
    result = run(daily_traffic(6, 900), start=MONDAY + 3 * 86_400, steps=(1, 2, 3))
    *steps, path = result.scores()
    assert path["step"] == "all"
    assert path["n"] == sum(row["n"] for row in steps) == sum(row["n"] for row in result.by_hour())
    assert path["mae"] == pytest.approx(sum(r["n"] * r["mae"] for r in result.by_hour()) / path["n"])


def test_long_backtests_are_made_in_chunks(monkeypatch):
    series = daily_traffic(5, 900)
    whole = run(series, start=MONDAY + 2 * 86_400)
    monkeypatch.setattr("forecasting.backtests.backtest.CHUNK", 500)
    shares = []
    pieces = run(series, start=MONDAY + 2 * 86_400, progress=shares.append)
    pd.testing.assert_frame_equal(pd.DataFrame(pieces.scores()), pd.DataFrame(whole.scores()))
    assert len(shares) > 3
    assert shares[-1] == 1.0
    pd.testing.assert_frame_equal(pieces.frame(), whole.frame())


def test_a_span_without_bins_says_so():
    series = daily_traffic(3)
    for start in (series.end, series.end + 90 * 86_400):
        with pytest.raises(HistoryTooShort, match="No bin of 'test'"):
            run(series, start=start)


@pytest.mark.parametrize("steps", [(0,), (101,), ("1",), (True,)])
def test_steps_out_of_range_are_refused(steps):
    with pytest.raises(InputError, match="integer from 1 to 100"):
        run(daily_traffic(3), steps=steps)


def test_blocks_forecast_each_target_once():
    series = daily_traffic(3, 900)
    result = block_backtest(series, step=7, model="naive", timeframe="15m", settings=Settings())
    assert len(result.rows) == len(series) - 96
    assert [row["ds"] for row in result.rows] == series.ds[96:]
    counts = series.requests_count
    assert [row["y"] for row in result.rows] == counts[96:].tolist()
    expected = [counts[95 + 7 * (k // 7)] for k in range(len(result.rows))]
    assert [row["yhat"] for row in result.rows] == expected, "every block starts from the last bin before it"
    assert result.metrics["mae"] == pytest.approx(np.mean(np.abs(np.array(expected) - counts[96:])))
    assert any("96 bins are history only" in warning for warning in result.warnings)


@pytest.mark.parametrize("points", [2, 3, 5, 49, 51])
@pytest.mark.parametrize("step", [1, 50])
def test_blocks_of_few_points(points, step):
    series = daily_traffic(3, 900).slice(0, points)
    rows = block_backtest(series, step=step, model="smoothing", timeframe="15m", settings=Settings()).rows
    assert [row["ds"] for row in rows] == series.ds[-len(rows) :]
    assert len(rows) == points - points // 2


def test_one_point_has_nothing_to_compare():
    with pytest.raises(HistoryTooShort, match="at least 2 points"):
        block_backtest(daily_traffic(1).slice(0, 1), step=1, model="naive", settings=Settings())


@pytest.mark.parametrize("timeframe", SES)
@pytest.mark.parametrize("model", MAIN_MODELS)
def test_main_models_beat_tuned_smoothing_one_step_ahead(model, timeframe, nasa):
    # A set trained on the series ends the training days there; a model without one has none
    start = None if model not in WITHOUT_SET else moment_of("1995-08-23", nasa.time_zone)
    result = backtest(nasa, model=model, timeframe=timeframe, steps=(1,), start=start, settings=Settings())
    frame = result.frame()
    assert frame["ds"].iloc[0] == "1995-08-23 00:00:00", "the test begins where training ended"
    assert not result.in_sample
    assert result.warnings == ()
    assert not backtest(nasa, model="naive", timeframe=timeframe, settings=Settings()).in_sample
    score = result.scores()[0]
    assert score["n"] == {"1m": 12_960, "5m": 2_592, "15m": 864}[timeframe]
    assert score["rmse"] < SES[timeframe]
    assert 0.76 < score["coverage_80"] < 0.84


def test_training_days_are_marked_in_sample(nasa):
    seen = backtest(nasa, model="naive", timeframe="15m", start=moment_of("1995-08-20", None), settings=Settings())
    assert seen.in_sample
    assert "In-sample" in seen.warnings[0]


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_another_series_is_forecast_zero_shot_and_told_so(model):
    result = run(daily_traffic(4), model=model)
    assert any("Zero-shot" in warning for warning in result.warnings) == (model not in WITHOUT_SET)
    assert (result.model.model_set is None) == (model in WITHOUT_SET)
    assert not result.in_sample


def test_daily_and_hourly_sums_hold_every_score():
    series = daily_traffic(6, 900)
    result = run(series, start=MONDAY + 3 * 86_400 + 1_800, steps=(1, 5))
    daily, hourly = result.daily_sums(), result.hourly_sums()
    assert daily.shape == (len(SUMS), 3, 2)
    assert (result.days * 86_400).tolist() == [MONDAY + day * 86_400 for day in (3, 4, 5)]
    n, absolute = SUMS.index("n"), SUMS.index("absolute")
    assert daily[n].tolist() == [[94, 94], [96, 96], [96, 96]]
    errors = np.abs(result.frame()["yhat"] - result.frame()["y"])
    second_day = (result.frame()["ds"].str[:10] == "2024-03-08") & (result.frame()["step"] == 5)
    assert daily[absolute, 1, 1] == pytest.approx(errors[second_day].sum())
    np.testing.assert_allclose(hourly.sum(axis=1), daily.sum(axis=(1, 2)))


def test_nothing_known_before_the_targets_leaves_the_scores_empty():
    series = daily_traffic(4, 900)
    result = run(with_counts(series, np.full(len(series), np.nan)), start=MONDAY + 2 * 86_400)
    assert (result.scores()[-1]["n"], result.scores()[-1]["rmse"]) == (0, None)


def test_means_may_come_from_elsewhere():
    series = daily_traffic(4, 900)
    fitted, _ = chosen(series, "naive", None, Settings())
    steps, first = np.array([1, 2]), 2 * 96
    told = []

    def means_of(origins, steps):
        told.append(len(origins))
        return np.full((len(origins), len(steps)), 7.0)

    span = {"first_target": first, "end_target": len(series), "steps": steps}
    result = run_backtest(series, fitted, **span, means_of=means_of)
    assert (told, np.unique(result.means[np.isfinite(result.means)]).tolist()) == ([2 * 96 + 1], [7.0])
