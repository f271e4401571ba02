"""Kept means: the same numbers, computed once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from forecasting import prediction
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.hindcasts import cache as module
from forecasting.hindcasts.array_cache import ArrayCache
from forecasting.hindcasts.cache import BLOCK, cached_forecasts
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic, with_counts

SERIES = daily_traffic(days=60)
STEPS = np.array([1, 2, 5])
ORIGINS = np.arange(1000, 5500)


@dataclass
class Counting:
    """A forecaster that tells what it was asked."""

    forecaster: object
    asked: list[tuple[int, int, list[int]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.forecaster.name

    def means(self, series, origins, steps):
        self.asked.append((int(origins[0]), int(origins[-1]), steps.tolist()))
        return self.forecaster.means(series, origins, steps)


def cached_means(*arguments) -> np.ndarray:
    return cached_forecasts(*arguments)[0]


@pytest.fixture(autouse=True)
def _nothing_in_memory():
    module._blocks_in_memory.clear()


@pytest.fixture
def fitted() -> FittedModel:
    """The shipped trees at a quarter of an hour, counting what they are asked."""
    fitted, _ = prediction.chosen(SERIES, "lightgbm", None, Settings())
    return replace(fitted, forecaster=Counting(fitted.forecaster))


def test_kept_means_are_those_of_the_model_to_the_last_bit(fitted, tmp_path):
    plain = fitted.forecaster.means(SERIES, ORIGINS, STEPS)
    for _ in range(2):
        np.testing.assert_array_equal(cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path), plain)
    module._blocks_in_memory.clear()
    np.testing.assert_array_equal(cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path), plain)
    assert len(fitted.forecaster.asked) == 2


def test_only_what_is_new_is_asked(fitted, tmp_path):
    cached_means(fitted, SERIES, ORIGINS, STEPS[:2], tmp_path)
    cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    assert fitted.forecaster.asked == [(1000, 5499, [1, 2]), (1000, 5499, [5])]


def test_a_change_late_in_the_series_leaves_what_was_before_it(fitted, tmp_path):
    cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    counts = SERIES.requests_count.copy()
    counts[2 * BLOCK + 7 :] *= 3
    changed = with_counts(SERIES, counts)
    found = cached_means(fitted, changed, ORIGINS, STEPS, tmp_path)
    assert fitted.forecaster.asked[1:] == [(2 * BLOCK, 5499, [1, 2, 5])]
    np.testing.assert_array_equal(found, fitted.forecaster.forecaster.means(changed, ORIGINS, STEPS))


def test_appended_points_leave_whole_blocks(fitted):
    earlier = SERIES.slice(0, 5000)
    cached_means(fitted, earlier, np.arange(4999), STEPS, None)
    cached_means(fitted, SERIES, np.arange(5499), STEPS, None)
    assert fitted.forecaster.asked[1:] == [(2 * BLOCK, 5498, [1, 2, 5])]


@pytest.mark.parametrize("change", [{"entry": {"trained_until": "never"}}, {"model_set": "other"}])
def test_another_model_has_means_of_its_own(fitted, tmp_path, change):
    cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    cached_means(replace(fitted, **change), SERIES, ORIGINS, STEPS, tmp_path)
    assert len(fitted.forecaster.asked) == 2


def test_another_zone_has_means_of_its_own(fitted, tmp_path):
    cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    cached_means(fitted, replace(SERIES, time_zone="-04:00"), ORIGINS, STEPS, tmp_path)
    assert len(fitted.forecaster.asked) == 2


@pytest.mark.parametrize("damage", [b"", b"no array"])
def test_a_broken_file_is_computed_anew(fitted, tmp_path, damage):
    plain = cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    module._blocks_in_memory.clear()
    for file in tmp_path.glob("*.npy"):
        file.write_bytes(damage)
    np.testing.assert_array_equal(cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path), plain)
    assert len(fitted.forecaster.asked) == 2


def test_a_folder_that_cannot_be_made_keeps_in_memory(fitted, tmp_path):
    (tmp_path / "file").touch()
    for _ in range(2):
        cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path / "file" / "means")
    assert len(fitted.forecaster.asked) == 1


def test_a_file_that_another_process_has_renamed_meanwhile_does_no_harm(fitted, tmp_path):
    (tmp_path / ".writing-gone").symlink_to("renamed")
    cached_means(fitted, SERIES, ORIGINS, STEPS, tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == len(STEPS) * 3


def test_the_folder_does_not_grow_for_ever(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FOLDER_BYTES", 8 * 32_900)
    for length in range(4000, 4005):
        cached_means(fitted, SERIES, np.arange(100, length), STEPS, tmp_path)
    assert 4 <= len(list(tmp_path.iterdir())) <= 8
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= module.MAX_FOLDER_BYTES


def test_another_model_does_not_wait_while_one_computes(fitted):
    """Two models that each compute only while the other does: with one lock for all they would wait for ever."""
    both = threading.Barrier(2, timeout=20)

    @dataclass
    class Meeting(Counting):
        def means(self, series, origins, steps):
            both.wait()
            return super().means(series, origins, steps)

    models = [
        replace(fitted, forecaster=Meeting(fitted.forecaster.forecaster), model_set=name) for name in ("one", "other")
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda model: cached_means(model, SERIES, ORIGINS, STEPS, None), models))
    assert not len(module._computing)


def test_callers_of_the_same_means_compute_them_once(fitted):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: cached_means(fitted, SERIES, ORIGINS, STEPS, None), range(4)))
    assert len(fitted.forecaster.asked) == 1


def test_memory_is_bounded_by_bytes_and_the_last_used_stays():
    cache = ArrayCache(max_bytes=3 * 80)
    for key in "abc":
        cache.put(key, np.zeros(10))
    assert cache.get("a") is not None
    cache.put("d", np.zeros(10))
    assert [key for key in "abcd" if cache.get(key) is not None] == ["a", "c", "d"]
    cache.put("large", np.zeros(31))
    assert (len(cache), cache.nbytes) == (0, 0)
