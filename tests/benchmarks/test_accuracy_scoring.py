"""The benchmark's scores against the published formulas, worked out by hand, and against the product's own backtest."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import ours, results
from benchmarks.accuracy.scoring import Row, better, coverage_by_step, daily_sums, figure, figures, targets_of
from benchmarks.accuracy.tasks import Task
from forecasting.backtests.backtest import backtest
from forecasting.errors import WorkFailed
from forecasting.forecasters.base import QUANTILES
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.training import train
from forecasting.timeseries.series import Series

QUARTER_DAY = 21_600
STEP_1 = {"step 1": (1,)}


def small_task(counts, train_end: int, **more) -> Task:
    """A task on bins of six hours, four a day."""
    return Task("small", "small", Series("small", QUARTER_DAY, 0, np.array(counts, float)), train_end, STEP_1, **more)


def levels(nine, low, high):
    """A row of quantiles: nine from 0.1 to 0.9, and those of 0.05 and 0.95; NaN at every other level."""
    row = np.full(len(QUANTILES), np.nan)
    for level, value in zip((0.05, *np.arange(1, 10) / 10, 0.95), (low, *nine, high), strict=True):
        row[QUANTILES.index(round(float(level), 2))] = value
    return row


def two_targets() -> tuple[Task, np.ndarray]:
    """Training with S_m = 4, then targets 10 and 20, and their forecasts' sums."""
    task = small_task([10, 10, 10, 10, 14, 14, 14, 14, 10, 20], train_end=8)
    quantiles = [
        levels([9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13], low=8, high=9.9),
        levels([20] * 9, low=20, high=20),
    ]
    chunk = np.array([7, 8]), np.array([[12.0], [16.0]]), np.array(quantiles)[:, None]
    return task, daily_sums(task, [chunk], task.origins)


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        # 2 |(y - f) (1[y <= f] - q)| of the first target: .2 .2 0 .6 1 1.2 1.2 1 .6, in all 6; of the second 0
        ("wql", 6 / 9 / 30),
        ("sql", 6 / 9 / 2 / 4),
        ("mse", (2**2 + 4**2) / 2),
        ("rmse", 10**0.5),
        ("mae", (2 + 4) / 2),
        ("smape", (200 * 2 / 22 + 200 * 4 / 36) / 2),
        ("mase", (1 + 0) / 2 / 4),
        ("coverage_80", 1.0),
        ("coverage_90", 0.5),
        ("bias", (2 - 4) / 2),
    ],
)
def test_figures_are_those_worked_out_by_hand(name: str, by_hand: float):
    task, sums = two_targets()
    assert task.seasonal_scale == 4
    assert figure(sums.sum(axis=(1, 2)), name, task.seasonal_scale) == pytest.approx(by_hand)


def test_every_figure_is_told_for_a_row():
    task, sums = two_targets()
    row = Row("m", "ours", "own", None, None, sums)
    found = figures(task, row, (1,))
    assert {name for name, (value, *_) in found.items() if value is not None} == set(found)
    assert found["wql"] == [pytest.approx(6 / 9 / 30), None, None], "one day: no interval"
    assert targets_of(row, (1,)) == 2


def test_a_model_that_leaves_a_target_out_is_refused():
    task, _ = two_targets()
    chunk = np.array([7, 8]), np.array([[12.0], [np.nan]]), np.ones((2, 1, len(QUANTILES)))
    with pytest.raises(WorkFailed, match="1 targets have no forecast"):
        daily_sums(task, [chunk], task.origins)
    with pytest.raises(WorkFailed, match="1 targets"):
        daily_sums(task, [(chunk[0][:1], chunk[1][:1], chunk[2][:1])], task.origins)


def test_bins_without_a_request_are_left_out_where_the_protocol_says_so():
    task = small_task([1, 1, 1, 1, 2, 2, 0, 3, np.nan, 4], train_end=5, positive_only=True)
    assert task.actual(task.origins)[:, 0].tolist() == pytest.approx([2, np.nan, 3, np.nan, 4], nan_ok=True)


def row_of(errors, task: Task) -> Row:
    """A row whose means are off by `errors`, one a target."""
    actual = task.actual(task.origins)
    quantiles = np.broadcast_to(actual[:, :, None], (*actual.shape, len(QUANTILES)))
    sums = daily_sums(task, [(task.origins, actual + np.array(errors)[:, None], quantiles)], task.origins)
    return Row("m", "ours", "own", None, None, sums)


def test_better_has_a_sign_and_an_interval_of_paired_days():
    task = small_task(np.tile([5.0, 9.0, 7.0, 3.0], 10), train_end=8)
    errors = np.random.default_rng(1).normal(size=len(task.origins))
    one, twice = row_of(errors, task), row_of(2 * errors, task)
    assert better(one, twice, (1,), "rmse") == pytest.approx([0.5, 0.5, 0.5]), "half on every draw of days"
    assert better(twice, one, (1,), "rmse")[0] == pytest.approx(-1.0)
    value, low, high = figures(task, one, (1,))["rmse"]
    assert low < value < high


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A task on two weeks, with the baselines trained on its first 80 %."""
    from forecasting.settings import Settings

    second = np.arange(14 * 96)
    counts = np.random.default_rng(3).poisson(200 * (1.2 + np.sin(second / 96 * 2 * np.pi))).astype(float)
    counts[1200:1210] = np.nan
    series = Series("test", 900, 0, counts)
    task = Task("test", "test", series, 1075, {"step 1": (1,), "1-12": tuple(range(1, 13))}, subset_size=50)
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    until = task.train_end * 900
    train(series, model_set="test", models=("naive",), timeframes=("15m",), until=until, settings=settings)
    return task, settings


def test_our_rows_are_the_products_own_scores(trained):
    task, settings = trained
    model = fitted("test", "15m", "smoothing", settings)
    run = backtest(task.series, model, first_target=task.train_end, end_target=len(task.series), steps=task.steps)
    whole, subset = ours.rows(task, [ours.Candidate(model, "own")])
    first, path = (row for row in run.scores() if row["step"] in (1, "all"))
    for steps, scores in (((1,), first), (task.slices["1-12"], path)):
        found = figures(task, whole[0], steps)
        assert {name: found[name][0] for name in found if name in scores} == pytest.approx(
            {name: scores[name] for name in found if name in scores}
        )
        assert targets_of(whole[0], steps) == scores["n"]
    assert coverage_by_step(whole[0], (1,)) == pytest.approx([first["coverage_80"]] * 2)
    assert targets_of(subset[0], (1,)) == np.isfinite(task.actual(task.subset)[:, 0]).sum()


def test_a_result_is_plain_and_compares_every_row_with_smoothing_and_the_best_peer(trained, tmp_path):
    task, settings = trained
    names = "smoothing", "naive", "seasonal_naive"
    whole, subset = ours.rows(task, [ours.Candidate(fitted("test", "15m", n, settings), "own") for n in names])
    peers = [Row(row.model.upper(), "package", "as given", 1.0, 2.0, row.sums) for row in subset[1:]]
    found = results.task_result(task, whole, [*subset, *peers], None)
    results.write({"tasks": [found]}, tmp_path / "result.json")
    text = (tmp_path / "result.json").read_text()
    assert results.json.loads(text) == {"tasks": [found]}
    block = {row["model"]: row["slices"]["1-12"] for row in found["blocks"]["subset"]}
    assert "better_than_smoothing" not in block["smoothing"]
    assert block["naive"]["better_than_smoothing"]["wql"][0] == pytest.approx(
        1 - block["naive"]["wql"][0] / block["smoothing"]["wql"][0], abs=1e-4
    )
    best = min(("NAIVE", "SEASONAL_NAIVE"), key=lambda name: block[name]["wql"][0])
    assert "better_than_best_peer" not in block[best]
    assert block["smoothing"]["better_than_best_peer"]["wql"][0] == pytest.approx(
        1 - block["smoothing"]["wql"][0] / block[best]["wql"][0], abs=1e-4
    )
    assert {row["n"] for row in block.values()} == {targets_of(subset[0], task.slices["1-12"])}
