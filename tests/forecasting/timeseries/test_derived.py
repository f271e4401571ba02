"""Derived values: computed once for each Series and key, bounded, and without keeping models alive."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series


class Model:
    """Something that a key names."""


def series() -> Series:
    return Series("test", 60, 0, np.arange(10.0))


def test_a_value_is_computed_once_for_each_series_and_key():
    sums: Derived[float] = Derived(most=4)
    one, other = series(), series()
    values = [sums.of(one, lambda: object(), key) for key in (1, 1, 2)]
    assert values[0] is values[1]
    assert values[1] is not values[2]
    assert sums.of(other, lambda: "its own", 1) == "its own"


def test_two_kinds_do_not_meet():
    one = series()
    assert Derived().of(one, lambda: "first") == "first"
    assert Derived().of(one, lambda: "second") == "second"


def test_the_least_recently_used_goes_first():
    kind: Derived[object] = Derived(most=2)
    one = series()
    first = kind.of(one, object, 1)
    kind.of(one, object, 2)
    assert kind.of(one, object, 1) is first
    kind.of(one, object, 3)
    assert kind.of(one, object, 1) is first


def test_a_model_in_a_key_is_compared_by_identity_and_not_kept_alive():
    kind: Derived[object] = Derived(most=8)
    one, model, other = series(), Model(), Model()
    value = kind.of(one, object, model)
    assert kind.of(one, object, model) is value
    assert kind.of(one, object, other) is not value
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_the_values_go_with_the_series():
    kind: Derived[Model] = Derived()
    one = series()
    alive = weakref.ref(kind.of(one, Model))
    assert alive() is not None
    del one
    gc.collect()
    assert alive() is None


def test_many_threads_get_the_same_value_and_the_bound_holds():
    kind: Derived[object] = Derived(most=16)
    one = series()
    barrier = threading.Barrier(8)

    def ask(_: int) -> list[object]:
        barrier.wait()
        return [kind.of(one, object, key % 4) for key in range(2000)][-4:]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert all(answer == answers[0] for answer in answers)
    for key in range(100):
        kind.of(one, object, key)
    assert len(next(iter(one.derived.values()))) == 16


def test_a_part_and_other_counts_take_the_wall_along():
    zoned = Series("test", 3600, 1_710_000_000, np.arange(100.0), "Europe/Berlin")
    fresh = Series("test", 3600, 1_710_000_000, np.arange(100.0), "Europe/Berlin")
    zoned.wall  # noqa: B018  # computed before the parts are taken
    for part, same in ((zoned.slice(20, 90), fresh.slice(20, 90)), (zoned.with_counts(np.zeros(100)), fresh)):
        np.testing.assert_array_equal(part.wall, same.wall)
    assert zoned.with_counts(np.zeros(100)).requests_count.sum() == 0
