"""Models on identical targets: the figures are the backtest's, the intervals those of a bootstrap over days."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from forecasting import prediction
from forecasting.backtests.metrics import RATIOS, SUMS
from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.ranking.leaderboard import _on_common_targets, leaderboard
from forecasting.evaluation.ranking.scoring import LOSSES, compared
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.settings import Settings
from forecasting.timeseries.formatting import number
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400
OWN = ("lightgbm", "smoothing", "naive", "seasonal_naive", "seasonal_naive_week")


@pytest.fixture(scope="module")
def board(series, tested):
    return leaderboard(series, models=OWN, settings=tested)


def test_every_figure_is_that_of_the_models_own_backtest(board, series, tested):
    hours = {metric: board.by_hour(metric) for metric in RATIOS}
    steps = {metric: board.by_step(metric) for metric in RATIOS}
    rows = {row.model: row for row in board.ranking()}
    for row, model in enumerate(OWN):
        run = prediction.backtest(series, model=model, settings=tested)
        scores = run.scores()
        assert rows[model].scores == pytest.approx({name: scores[-1][name] for name in ("n", *RATIOS)})
        for metric in RATIOS:
            np.testing.assert_allclose(steps[metric][row], [score[metric] for score in scores[:-1]])
            np.testing.assert_allclose(hours[metric][row], [score[metric] for score in run.by_hour()])


def test_the_least_loss_comes_first_at_any_step(board):
    for metric in LOSSES:
        for step in ("all", 1, 12):
            standings = board.ranking(metric, step)
            losses = [row.scores[metric] for row in standings]
            assert losses == sorted(losses)
            assert [row.best for row in standings] == [True] + [False] * 4
            assert standings[0].best_is_better is None
            assert standings[0].distinguishable is None


def test_the_sentences_of_a_row_and_of_a_model_have_its_figures(board):
    best, *others = board.ranking("rmse", 1)
    assert best.behind == "best"
    assert all(row.behind.removeprefix("not distinguishable: ")[0].isdigit() for row in others)
    by_step, by_hour = board.by_step("mae")[0], board.by_hour("mae")[0]
    ends = f"{number(by_step[0])} at step 1, {number(by_step[-1])} at step 12"
    assert board.steps_sentence("lightgbm") == f"LightGBM: MAE {ends}"
    assert f"from {by_hour.argmax():02d}:00 ({number(by_hour.max())})" in board.hours_sentence("lightgbm")
    assert f"from {by_hour.argmin():02d}:00 ({number(by_hour.min())})" in board.hours_sentence("lightgbm")
    assert (board.steps_sentence("hybrid"), board.hours_sentence("hybrid")) == (None, None)


def test_the_targets_are_the_same_for_all(board):
    assert {row.scores["n"] for row in board.ranking()} == {6 * 96 * 12}
    assert (board.sums[:, SUMS.index("n")] == 96).all()
    assert (board.days == MONDAY + DAY * np.arange(9, 15)).all()
    assert (board.start, board.end, board.is_latest) == (MONDAY + 9 * DAY, MONDAY + 15 * DAY, True)


def test_a_target_that_one_cannot_forecast_is_left_out(series, tested):
    runs = [prediction.backtest(series, model=model, settings=tested) for model in ("naive", "smoothing")]
    gap = runs[0].means.copy()
    gap[5:9] = np.nan
    first, second = _on_common_targets([type(runs[0])(**{**fields_of(runs[0]), "means": gap}), runs[1]], "test")
    np.testing.assert_array_equal(np.isnan(first.means), np.isnan(second.means))
    assert first.scores()[-1]["n"] == second.scores()[-1]["n"] < runs[1].scores()[-1]["n"]


def fields_of(run):
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def test_by_day_adds_up_to_the_whole(board):
    daily = board.by_day("mae", 3)
    assert daily.shape == (5, 6)
    np.testing.assert_allclose(daily.mean(axis=1), board.by_step("mae")[:, 2])


def test_the_interval_is_that_of_drawing_days_one_by_one(board, series, tested):
    one, other = "exponential smoothing", "'same time yesterday'"
    comparison = board.compare(one, other, "rmse", 4)
    errors = {}
    for model in ("smoothing", "seasonal_naive"):
        frame = prediction.backtest(series, model=model, settings=tested, steps=(4,)).frame()
        errors[model] = ((frame["yhat"] - frame["y"]) ** 2).to_numpy().reshape(6, 96)

    def better(days):
        return 1 - np.sqrt(errors["smoothing"][days].mean() / errors["seasonal_naive"][days].mean())

    assert comparison.share == pytest.approx(better(np.arange(6)))
    rng = np.random.default_rng(3)
    drawn = [better(rng.integers(0, 6, 6)) for _ in range(3_000)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert comparison.low <= low + 0.01, "of few days the interval is wider than the plain one"
    assert comparison.high >= high - 0.01
    assert comparison.high - comparison.low < 2.5 * (high - low)


def test_equal_losses_are_not_distinguishable_and_far_ones_are(board):
    daily = board.sums.sum(axis=3)
    same = compared(daily[0], daily[0], "mae")
    assert (same.share, same.low, same.high, same.clear) == (0.0, 0.0, 0.0, False)
    half = daily[0].copy()
    half[SUMS.index("absolute")] /= 2
    assert compared(half, daily[0], "mae").clear
    assert compared(half, daily[0], "mae").share == pytest.approx(0.5)
    assert compared(daily[0], half, "mae").share == pytest.approx(-1.0)


def test_too_few_days_give_no_interval(series, tested):
    board = leaderboard(series, models=OWN, settings=tested, start=MONDAY + 12 * DAY)
    assert all(row.distinguishable is None for row in board.ranking())
    assert "3 days: too few to rule out chance" in board.statement()


def test_nothing_after_the_end_changes_a_figure(board, series, tested):
    counts = series.requests_count.copy()
    counts[13 * 96 :] = np.random.default_rng(0).choice([0.0, np.nan, 1e5], 2 * 96)
    end = MONDAY + 13 * DAY
    before = leaderboard(series, models=OWN, settings=tested, end=end)
    after = leaderboard(with_counts(series, counts), models=OWN, settings=tested, end=end)
    np.testing.assert_allclose(before.sums, after.sums, rtol=1e-6)
    assert not before.is_latest


def test_strided_origins_give_nearly_the_same_scores(board, series, tested):
    strided = leaderboard(series, models=OWN, settings=tested, stride=5)
    np.testing.assert_allclose(strided.by_step("mae").mean(axis=1), board.by_step("mae").mean(axis=1), rtol=0.05)
    assert strided.stride == 5


def test_all_seven_models_have_a_row_on_a_series_without_a_set():
    board = leaderboard(daily_traffic(6, 900, seed=99), settings=Settings(), steps=(1, 2))
    assert {row.model for row in board.ranking()} == set(MODEL_NAMES)
    assert board.kind == "zero-shot"
    assert any("Zero-shot" in note for note in board.notes)


def test_the_statement_names_yesterday_and_the_best_rule(board):
    text = board.statement()
    assert text.startswith("LightGBM has been ")
    assert "'same time yesterday' over the last 6 days" in text
    best_rule = next(row for row in board.ranking() if row.model != "lightgbm")
    assert best_rule.model == "seasonal_naive_week", "counts here repeat by the week"
    assert f"{best_rule.label}, the best simple rule" in text
    share = board.compare("LightGBM", "'same time yesterday'").share
    assert f"{100 * share:.0f} %" in text
    naive = board.statement("naive")
    assert naive.startswith("'The last value' has been")


def test_equal_models_are_rarely_called_clearly_better():
    rng = np.random.default_rng(4)
    called = 0
    for _ in range(200):
        sums = np.zeros((2, len(SUMS), 9))
        sums[:, SUMS.index("n")] = 96
        sums[:, SUMS.index("absolute")] = rng.gamma(20, 1, 9) + rng.gamma(20, 0.2, (2, 9))
        called += compared(*sums, "mae").clear
    assert called <= 20, "5 % of 200 are expected"


def test_progress_rises_and_names_the_model_at_work(series, tested):
    reports = []
    leaderboard(series, models=OWN, settings=tested, progress=lambda share, what: reports.append((what, share)))
    shares = [share for _, share in reports]
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == pytest.approx(1.0)
    assert list(dict.fromkeys(what for what, _ in reports)) == [row.label for row in sorted_rows(series, tested)]


def sorted_rows(series, tested):
    rows = {row.model: row for row in leaderboard(series, models=OWN, settings=tested).ranking()}
    return [rows[model] for model in OWN]


def test_an_exception_of_progress_ends_the_work(series, tested):
    def stop(share, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leaderboard(series, models=OWN, settings=tested, progress=stop)


def test_a_board_can_be_cached_on_disk(board):
    again = pickle.loads(pickle.dumps(board))
    assert again.statement() == board.statement()
    assert len(pickle.dumps(board)) < 500_000


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda board: board.ranking("coverage_80"), "metric must be one of mae, rmse, .*got 'coverage_80'"),
        (lambda board: board.by_hour("r2"), "metric must be one of rmse, mae, .*got 'r2'"),
        (lambda board: board.ranking("mae", 13), "step must be 'all' or one of 1, 2, .*got 13"),
        (lambda board: board.compare("LightGBM", "ARIMA"), "model must be one of LightGBM, .*got 'ARIMA'"),
    ],
)
def test_unknown_metrics_steps_and_models_are_refused(ask, message, board):
    with pytest.raises(InputError, match=message):
        ask(board)


def test_no_models_and_unknown_ones_are_refused(series, tested):
    with pytest.raises(InputError, match="models must name at least one of"):
        leaderboard(series, models=(), settings=tested)
    with pytest.raises(InputError, match="got 'arima'"):
        leaderboard(series, models=("arima",), settings=tested)


def test_a_range_without_known_bins_is_refused(series, tested):
    counts = series.requests_count.copy()
    counts[11 * 96 : 12 * 96] = np.nan
    with pytest.raises(HistoryTooShort, match="is known and could be forecast by every model"):
        leaderboard(
            with_counts(series, counts),
            models=OWN,
            settings=tested,
            start=MONDAY + 11 * DAY,
            end=MONDAY + 12 * DAY,
        )
