"""Peers see nothing after an origin, forecast the same targets, and what they forecast is kept for one job only."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from benchmarks.accuracy.peers import additive, run
from benchmarks.accuracy.peers.calling import PEERS, Peers, chunks, job_of, key_of
from benchmarks.accuracy.peers.environment import digest
from benchmarks.accuracy.peers.windows import LEVELS, Job, checked, filled
from benchmarks.accuracy.scoring import Row, daily_sums, figures
from benchmarks.accuracy.tasks import Task
from forecasting.errors import WorkFailed
from forecasting.forecasters.base import QUANTILES
from forecasting.timeseries.series import Series

ROOT = Path(__file__).resolve().parents[2]
DAY = 24
VENV = Path(platformdirs.user_cache_dir("dataflow", appauthor=False)) / "accuracy" / f"venv-{digest()}"


def hourly(days: int = 30, seed: int = 5) -> np.ndarray:
    """Counts of a day's wave, some of them unknown."""
    hours = np.arange(days * DAY)
    rng = np.random.default_rng(seed)
    counts = rng.poisson(300 * (1.2 + np.sin(hours / DAY * 2 * np.pi))).astype(float)
    counts[rng.random(len(counts)) < 0.03] = np.nan
    counts[200:290] = np.nan
    return counts


def job(counts: np.ndarray, origins: list[int], train_end: int = 650) -> Job:
    return Job(counts, 1_600_000_000 // 86_400 * 86_400, 3_600, train_end, np.array(origins), 3)


def perturbed(counts: np.ndarray, origin: int) -> np.ndarray:
    """Another future: what follows the origin is large, unknown or 0."""
    other = counts.copy()
    future = np.random.default_rng(origin).choice([1e6, np.nan, 0.0], size=len(counts) - origin - 1)
    other[origin + 1 :] = future
    return other


@pytest.mark.parametrize("length", [1, DAY, 20 * DAY, 5_000])
def test_no_window_changes_with_what_follows_its_origin(length: int):
    counts = hourly()
    for origin in range(0, len(counts) - 1, 7):
        one, other = (job(values, [origin]) for values in (counts, perturbed(counts, origin)))
        assert np.array_equal(one.window(origin, length), other.window(origin, length))
        assert np.array_equal(one.filled[: origin + 1], other.filled[: origin + 1])
        assert len(one.window(origin, length)) == min(length, origin + 1)


def test_gaps_are_filled_with_a_week_before_else_a_day_else_the_last():
    counts = np.arange(1.0, 2 + 8 * DAY)
    counts[[0, 1, DAY + 5, 7 * DAY + 5]] = np.nan
    whole = filled(counts, DAY)
    assert (whole[0], whole[1]) == (0, 0), "nothing is known before"
    assert whole[DAY + 5] == counts[5]
    assert whole[7 * DAY + 5] == counts[5]
    assert np.array_equal(np.isnan(counts), whole != np.nan_to_num(counts, nan=-1))


def test_prophet_knows_only_what_was_there_at_the_last_midnight():
    asked = job(hourly(), [500, 527, 528, 600])
    known = additive.known_at(asked)
    assert (known <= asked.origins + 1).all()
    assert (known % DAY == 0).all()
    assert (asked.origins + 1 - known < DAY).all()


def forecasts(peer: str, asked: Job, folder: Path) -> dict[str, np.ndarray]:
    """What a peer writes, called as its process calls it."""
    np.savez(folder / "job.npz", **vars_of(asked))
    run.main(peer, str(folder / "job.npz"), str(folder / "out.npz"))
    with np.load(folder / "out.npz") as stored:
        return {name: stored[name] for name in stored.files}


def vars_of(asked: Job) -> dict[str, object]:
    return {
        name: getattr(asked, name) for name in ("counts", "start", "bin_seconds", "train_end", "origins", "horizon")
    }


@pytest.mark.filterwarnings("ignore")
def test_prophet_forecasts_in_order_and_without_the_future(tmp_path):
    counts = hourly()
    one, other = (forecasts("Prophet", job(values, [660]), tmp_path) for values in (counts, perturbed(counts, 660)))
    assert one["means"].shape == (1, 3)
    assert one["quantiles"].shape == (1, 3, len(LEVELS))
    assert (np.diff(one["quantiles"], axis=-1) >= 0).all()
    assert (one["quantiles"] >= 0).all()
    assert np.array_equal(one["means"], other["means"])
    assert np.array_equal(one["quantiles"], other["quantiles"])
    assert str(one["version"])


IN_THE_VENV = """
import sys, warnings
import numpy as np
warnings.simplefilter("ignore")
from benchmarks.accuracy.peers import run
from benchmarks.accuracy.peers.windows import Job
stored = dict(np.load(sys.argv[1]))
for peer in ("SeasonalNaive", "AutoETS", "AutoTheta", "MSTL", "mlforecast"):
    made = [
        run.forecast(peer, Job(counts, 0, 3600, 650, stored["origins"], 3))[:2]
        for counts in (stored["counts"], stored["perturbed"])
    ]
    assert made[0][1].shape == (len(stored["origins"]), 3, 11), peer
    assert all(np.array_equal(one, other) for one, other in zip(*made)), peer
    print("same", peer)
"""


@pytest.mark.skipif(not (VENV / "ready").is_file(), reason="the peers are installed by the first run of the benchmark")
def test_no_peer_sees_the_future(tmp_path):
    counts = hourly()
    np.savez(tmp_path / "in.npz", counts=counts, perturbed=perturbed(counts, 660), origins=np.array([655, 660]))
    command = [str(VENV / "bin" / "python"), "-c", IN_THE_VENV, str(tmp_path / "in.npz")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.count("same") == 5


def test_forecasts_that_are_no_numbers_are_refused_and_others_put_in_order():
    means, quantiles = checked(np.array([[-1.0]]), np.array([[[3.0, -2.0, 1.0]]]))
    assert means.tolist() == [[0]]
    assert quantiles.tolist() == [[[0, 1, 3]]]
    with pytest.raises(ValueError, match="not a finite number"):
        checked(np.array([[np.nan]]), np.zeros((1, 1, 3)))


@pytest.fixture
def task() -> Task:
    """Thirty days of hours, six of them test."""
    series = Series("peers", 3_600, 0, hourly())
    return Task("peers", "peers", series, 24 * DAY, {"step 1": (1,), "1-3": (1, 2, 3)}, subset_size=20)


def test_a_peer_is_asked_for_the_tasks_own_origins(task):
    asked = job_of(task, task.subset)
    assert np.array_equal(asked.origins, task.subset)
    assert asked.horizon == len(task.steps)
    assert asked.train_end == task.train_end


def test_peers_are_scored_as_ours_are(task):
    rng = np.random.default_rng(0)
    means = rng.gamma(9, 30, (len(task.origins), 3)).astype(np.float32)
    ours = np.sort(rng.gamma(9, 30, (*means.shape, len(QUANTILES))), axis=-1).astype(np.float32)
    theirs = ours[:, :, [QUANTILES.index(level) for level in LEVELS]]
    made = chunks(job_of(task, task.origins), means, theirs)
    rows = [
        Row("m", "", "", None, None, daily_sums(task, found, task.subset))
        for found in (made, [(task.origins, means.astype(float), ours.astype(float))])
    ]
    np.testing.assert_allclose(rows[0].sums, rows[1].sums)
    assert figures(task, rows[0], (1, 2, 3)).keys() >= {"wql", "sql", "coverage_80", "coverage_90"}


def test_kept_forecasts_are_taken_only_for_the_very_same_job(task, tmp_path):
    peers = Peers(venv=tmp_path / "no-venv", cache=tmp_path, reuse=True)
    asked = job_of(task, task.origins)
    values = task.actual(task.origins)
    means = np.nan_to_num(values, nan=1.0)
    quantiles = np.repeat(means[:, :, None], len(LEVELS), axis=-1)
    about = {"fit_seconds": 1.0, "forecast_seconds": 2.0, "about": "as given", "version": "1"}
    np.savez(tmp_path / f"Prophet-{key_of('Prophet', asked)}.npz", means=means, quantiles=quantiles, **about)
    whole, subset, version = peers.rows("Prophet", task)
    assert figures(task, whole[0], (1, 2, 3))["rmse"][0] == 0
    assert (subset[0].parameters, subset[0].fit_seconds, version) == ("as given", 1.0, "1")
    moved = replace(task, series=Series("peers", 3_600, 0, perturbed(hourly(), 700)))
    assert key_of("Prophet", job_of(moved, moved.origins)) != key_of("Prophet", asked)
    assert len({key_of(peer, asked) for peer in PEERS}) == len(PEERS)


def test_packages_that_cannot_be_installed_are_said_with_the_way_out(monkeypatch, tmp_path):
    from benchmarks.accuracy.peers import environment

    broken = tmp_path / "requirements.txt"
    broken.write_text("./no-such-package-here\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", broken)
    with pytest.raises(WorkFailed, match="--no-peers"):
        environment.python_of(tmp_path / "venv")
