"""The table of limits on small made series, and the two direct peers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import limits
from benchmarks.accuracy.gauntlet import Case, case_of, generator
from benchmarks.accuracy.limits import Result, family_results, line, losses_of, series_results, summary, sums_of
from benchmarks.accuracy.peers import direct
from benchmarks.accuracy.peers.windows import LEVELS, Job
from benchmarks.accuracy.tasks import Task
from forecasting.errors import NotFound
from forecasting.forecasters.base import QUANTILES
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic

GENERATOR = """
import numpy as np
import pandas as pd

FAMILIES = {"daily": 1.0, "promo": 4.0}


def draw(family, seed):
    index = pd.date_range("2026-03-02", periods=16 * 96, freq="15min")
    hour = np.asarray(index.hour + index.minute / 60)
    focus = (hour >= 12) & (hour < 13)
    mean = 80 * (1.2 + np.cos((hour - 14) / 12 * np.pi)) * np.where(focus, FAMILIES[family], 1.0)
    counts = np.random.default_rng([seed, len(family)]).poisson(mean).astype(float)
    text = [str(time) for time in index]
    cut = text[12 * 96]
    facts = {"minutes": 15, "time_zone": "Europe/Berlin", "train_until": cut, "stands_for": family}
    facts["focus"] = [] if family == "daily" else [time for time, late in zip(text, focus) if late and time >= cut]
    return pd.DataFrame({"timestamp": text, "requests_count": counts}), facts
"""
"""A generator with the interface of the gauntlet's, for a checkout that has nothing beside it."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    path = tmp_path_factory.mktemp("generator") / "small.py"
    path.write_text(GENERATOR)
    module = generator(path)
    return {family: case_of(module, family, 3) for family in module.FAMILIES}


def test_a_family_is_a_task_whose_focus_lies_on_its_targets(cases: dict[str, Case]):
    assert cases["daily"].focus is None
    case = cases["promo"]
    task, focus = case.task, case.focus
    assert (task.train_end, len(task.series), task.series.time_zone) == (12 * 96, 16 * 96, "Europe/Berlin")
    assert focus is not None
    targets = (task.origins[:, None] + task.steps)[focus]
    texts = {task.series.ds[target][11:16] for target in targets.tolist() if target < len(task.series)}
    assert texts == {"12:00", "12:15", "12:30", "12:45"}


def test_a_missing_generator_is_an_error_with_its_path(tmp_path: Path):
    with pytest.raises(NotFound, match=r"none\.py"):
        generator(tmp_path / "none.py")


def test_losses_are_those_of_the_formulas(cases: dict[str, Case]):
    case = cases["promo"]
    task = case.task
    rng = np.random.default_rng(5)
    means = rng.gamma(9, 10, (len(task.origins), len(task.steps)))
    quantiles = np.sort(rng.gamma(9, 10, (*means.shape, len(QUANTILES))), axis=-1)
    found = losses_of(sums_of(case, iter([(task.origins, means, quantiles)])))
    for part, chosen in (("all", True), ("focus", case.focus)):
        actual = np.where(chosen, task.actual(task.origins), np.nan)
        good = np.isfinite(actual)
        y, error = actual[good], (means - actual)[good]
        loss = [
            2 * np.abs((y - f) * ((y <= f) - q))
            for q in np.arange(1, 10) / 10
            for f in [quantiles[..., QUANTILES.index(round(q, 1))][good]]
        ]
        assert found[f"{part} rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
        assert found[f"{part} wql"] == pytest.approx(np.mean(loss, axis=0).sum() / y.sum())


@pytest.mark.parametrize("family", ["daily", "promo"])
def test_adaptive_holds_on_two_families(cases: dict[str, Case], family: str):
    (found,) = family_results(cases[family], ["adaptive"], Settings())
    assert found.ratios.keys() == found.losses.keys()
    assert len(found.ratios) == (2 if family == "daily" else 4)
    assert found.worst <= 1.10
    assert list(found.coverage) == [1, 3, 6, 12]
    assert all(0.65 < share < 0.9 for share in found.coverage.values())
    assert family in line(found)


def test_a_series_is_compared_with_its_fixed_limits(monkeypatch):
    series = daily_traffic(10)
    case = Case(Task("za", "made", series, 8 * 96, {"1-12": tuple(range(1, 13))}), None)
    monkeypatch.setitem(limits.SERIES, "za", limits.Reference(100.0, 0.5))
    found, peer = series_results(case, ["adaptive", "OnlineRidge"], Settings())
    assert found.ratios["all rmse"] == pytest.approx(found.losses["all rmse"] / 100.0)
    assert found.ratios["all wql"] == pytest.approx(found.losses["all wql"] / 0.5)
    assert found.holds is None, "the limits of series are those of the trained model"
    assert peer.losses["all wql"] < 0.5


def result(case: str, worst: float, holds: bool, seed: int | None = 0) -> Result:
    return Result(case, seed, "auto", {}, {"all rmse": worst, "all wql": 0.5}, dict.fromkeys((1, 3), 0.8), 1, 1, holds)


def test_the_summary_names_what_does_not_hold_and_the_median():
    results = [result("a", 0.8, True), result("b", 1.2, False), result("b", 0.9, True, 1), result("c", 0.7, True)]
    lines = list(summary([*results, result("za", 1.1, False, None)]))
    assert lines == ["auto: 3 of 5 hold; not b/0, za", "auto: median over 3 families 0.800 (must 0.9)"]


def hourly_job(counts: np.ndarray) -> Job:
    return Job(counts, 0, 3_600, 500, np.array([499, 560, 600]), 3)


@pytest.mark.parametrize("peer", ["OnlineRidge", "DirectQuantiles"])
def test_a_direct_peer_uses_nothing_after_the_origin(peer: str, monkeypatch):
    monkeypatch.setattr(direct, "ROUNDS", 20)
    monkeypatch.setattr(direct, "ROWS", 6_000)
    rng = np.random.default_rng(6)
    counts = rng.poisson(60 * (1.5 + np.cos(np.arange(720) / 24 * 2 * np.pi))).astype(float)
    counts[100:110] = np.nan
    job = hourly_job(counts)
    means, quantiles, *_ = direct.forecast(peer, job)
    assert quantiles.shape == (3, 3, len(LEVELS))
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    actual = counts[job.origins[:, None] + np.arange(1, 4)]
    assert np.abs(means / actual - 1).mean() < 0.5
    counts = counts.copy()
    counts[601:] = 1e6
    after = direct.forecast(peer, replace(job, counts=counts))
    np.testing.assert_array_equal(after[0], means)
    np.testing.assert_array_equal(after[1], quantiles)
