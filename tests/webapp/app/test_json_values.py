"""Results as JSON and back: the same value of the same type, or an error, and never code."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from forecasting.analysis import Overview, overview
from forecasting.catalog.sample import sample_series
from forecasting.evaluation import (
    ForecastFactors,
    Leaderboard,
    LeaderboardRow,
    Reliability,
    ShapeCurves,
    forecast_factors,
    leaderboard,
    reliability_of,
    shape_curves,
)
from forecasting.timeseries.resampling import resample
from webapp.app.json_values import NotConvertible, decode, encode


class Pair(NamedTuple):
    name: str
    share: float


@dataclasses.dataclass(frozen=True, eq=False)
class Inner:
    values: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Outer:
    inner: Inner | None
    typed: NDArray[np.float64]
    shares: tuple[float, ...]
    scores: dict[str, float | int | None]
    pair: Pair
    level: float


def there_and_back(value: object, kind: type) -> object:
    return decode(orjson.loads(encode(value)), kind)


def assert_same(one: object, other: object, place: str) -> None:
    """Compare by type and content, NaN being equal to itself."""
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), place
        np.testing.assert_array_equal(one, other, err_msg=place)
    elif dataclasses.is_dataclass(one):
        assert type(one) is type(other), place
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name), f"{place}.{field.name}")
    elif isinstance(one, tuple | list):
        assert (type(one), len(one)) == (type(other), len(other)), place
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{place}[{number}]")
    elif isinstance(one, dict):
        assert list(one) == list(other), place
        for name in one:
            assert_same(one[name], other[name], f"{place}.{name}")
    else:
        assert one == other or (math.isnan(one) and math.isnan(other)), place


@pytest.mark.parametrize("level", [0.1, math.nan, math.inf, -math.inf, np.float64(1.5)])
def test_a_dataclass_comes_back_as_it_was(level):
    inner = Inner(np.array([[1, 2], [3, 4]], dtype=np.int16))
    value = Outer(inner, np.array([np.nan, 1e300]), (0.1, math.nan), {"n": 3, "mae": None}, Pair("a", 0.5), level)
    assert_same(there_and_back(value, Outer), value, "outer")


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3)),
        np.arange(6.0).reshape(2, 3)[:, ::2],
        np.array([True, False]),
        np.array(["a", "long"]),
        np.array(["2024-01-01"], dtype="datetime64[s]"),
        np.array(3.0),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_keep_type_shape_and_bits(array):
    back = there_and_back(Inner(array), Inner).values
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable


def test_plain_values_go_as_to_a_browser():
    value = {"a": [1, None, "x"], "array": np.arange(3), "share": np.float64(0.5), "nan": math.nan, 5: True}
    assert there_and_back(value, object) == {
        "a": [1, None, "x"],
        "array": [0, 1, 2],
        "share": 0.5,
        "nan": None,
        "5": True,
    }


@pytest.mark.parametrize(
    "value", [{"a": {1, 2}}, Inner(np.array([object()])), lambda: None], ids=["set", "array of objects", "function"]
)
def test_what_has_no_json_is_refused(value):
    with pytest.raises(TypeError, match="JSON"):
        encode(value)


@pytest.mark.parametrize(
    "stored",
    [
        {"values": {"$array": "|O", "shape": [1], "data": "AAAAAAAAAAA="}},
        {"values": {"$array": "<f8", "shape": [3], "data": "AAAAAAAAAAA="}},
        {"values": {"$array": "<f8", "shape": [1], "data": "not base64!"}},
        {"values": {"$array": "no type", "shape": [1], "data": ""}},
        {"values": {"shape": [1]}},
        {"values": [1.0]},
        {"other": 1},
        [],
        "text",
        {"$float": "nobody"},
    ],
    ids=repr,
)
def test_what_is_not_of_the_type_is_refused(stored):
    with pytest.raises(NotConvertible):
        decode(stored, Inner)


def test_real_results_come_back_as_they_were(settings):
    series = resample(sample_series(), 900)
    board = leaderboard(series, models=("naive", "seasonal_naive", "lightgbm"), settings=settings)
    results = [
        (overview(sample_series()), Overview),
        (board, Leaderboard),
        (board.ranking(), tuple[LeaderboardRow, ...]),
        (reliability_of(series, model="lightgbm", settings=settings), Reliability),
        (forecast_factors(series, model="hybrid", horizon=10, origin=None, settings=settings), ForecastFactors),
        (shape_curves(series, settings=settings), ShapeCurves),
    ]
    for value, kind in results:
        assert_same(there_and_back(value, kind), value, str(kind))
