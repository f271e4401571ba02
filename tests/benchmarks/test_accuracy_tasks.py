"""The protocols: splits, origins, and targets that are the same for everybody."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.tasks import GROUPS, SUBSET, Task, read, tasks_of
from forecasting.catalog.built_in import nasa_http_series
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic

RECORDINGS = {
    "nasa": nasa_http_series(),
    "aws": daily_traffic(14, bin_seconds=300),
    "amzn": daily_traffic(20, bin_seconds=300, seed=8),
    "za": daily_traffic(60),
    "appserver": daily_traffic(60, bin_seconds=3600),
    "stream": daily_traffic(3, bin_seconds=60),
}


@pytest.fixture(scope="module")
def tasks() -> dict[str, Task]:
    """Every task of a whole run, on NASA-HTTP and on made series in place of the recordings that may be absent."""
    return {task.name: task for task in tasks_of(GROUPS, RECORDINGS.__getitem__)}


def scored(task: Task, step: int = 1) -> int:
    """Targets that are scored at a step."""
    return int(np.isfinite(task.actual(task.origins)[:, step - 1]).sum())


@pytest.mark.parametrize(("name", "targets"), [("nasa-1m", 12_960), ("nasa-5m", 2_592), ("nasa-15m", 864)])
def test_nasa_has_the_nine_days_at_every_step(tasks, name: str, targets: int):
    task = tasks[name]
    assert [scored(task, step) for step in (1, 12, len(task.steps))] == [targets] * 3
    assert len(task.days) == 9
    assert max(task.slices.get("1 h", task.slices["1-12"])) * task.series.bin_seconds >= 3_600


def test_the_published_split_has_the_published_targets(tasks):
    task = tasks["nasa-1m-70-30"]
    actual = task.actual(task.origins)[:, 0]
    assert scored(task) == 24_419
    assert np.nanvar(actual) == pytest.approx(639.3, abs=0.05)
    assert (actual[np.isfinite(actual)] > 0).all()


@pytest.mark.parametrize("name", ["aws", "amzn", "za", "appserver", "stream", "za-1h"])
def test_other_series_are_trained_on_the_first_fifths(tasks, name: str):
    task = tasks[name]
    assert task.train_end == int(0.8 * len(task.series))
    assert task.slices["1-12"] == tuple(range(1, 13))


def test_there_are_hourly_tasks_and_zero_shot_ones(tasks):
    assert {name for name, task in tasks.items() if task.series.timeframe == "1h"} == {"nasa-1h", "za-1h", "appserver"}
    assert {name for name, task in tasks.items() if task.zero_shot} == {"aws", "amzn", "za", "stream"}


def test_a_recording_that_is_not_there_is_left_out(tmp_path):
    assert read("nasa", (tmp_path,)) is None
    assert list(tasks_of(GROUPS, lambda name: None)) == []


def made(bins: int, train_end: int, steps: int = 12, **more) -> Task:
    """A task on bins of 15 minutes."""
    series = Series("made", 900, 0, np.ones(bins))
    return Task("made", "made", series, train_end, {"path": tuple(range(1, steps + 1))}, **more)


@pytest.mark.parametrize("bins", [1_050, 1_300, 2_000])
def test_the_subset_is_the_same_every_time_and_spread_over_the_test(bins: int):
    one, other = made(bins, 800), made(bins, 800)
    assert np.array_equal(one.subset, other.subset)
    assert len(np.unique(one.subset)) == SUBSET
    assert np.isin(one.subset, one.origins).all()
    assert np.diff(one.subset).max() <= 2 * (bins - 800) / SUBSET + 1


def test_a_short_test_has_every_origin_in_its_subset():
    whole = made(2_000, 800, subset_size=5_000).subset
    assert (whole[0], whole[-1]) == (799, 2_000 - 1 - 12)


def test_every_target_of_the_subset_is_in_the_test():
    task = made(2_000, 800, steps=60)
    assert np.isfinite(task.actual(task.subset)).all()


def test_targets_outside_the_test_are_not_scored():
    task = made(100, 80)
    actual = task.actual(task.origins)
    targets = task.origins[:, None] + task.steps
    assert np.array_equal(np.isfinite(actual), (targets >= 80) & (targets < 100))
    assert (np.isfinite(actual).sum(axis=0) == 20).all(), "the same targets at every step"


def test_a_day_that_is_hardly_in_the_test_is_no_block_of_its_own():
    task = made(bins=96 * 5 + 3, train_end=96 * 2 - 20)
    assert task.days.tolist() == [2, 3, 4], "neither the last five hours of day 1 nor the first three bins of day 5"
    blocks = task.day_of(task.origins)[np.isfinite(task.actual(task.origins))]
    assert np.bincount(blocks).tolist() == [12 * (96 + 20), 12 * 96, 12 * (96 + 3)]
