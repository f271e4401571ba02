"""Numbers, times and lengths of time as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.formatting import (
    UNKNOWN,
    change,
    counted,
    duration,
    exact,
    fixed,
    moment,
    money,
    number,
    percent,
    points,
    points_between,
    price,
    quantity,
    whole,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (-7, "-7"),
        (7.004, "7.00"),
        (421, "421"),
        (38.84, "38.8"),
        (2.4999, "2.50"),
        (0.001234, "0.00123"),
        (0.00009, "0.0000900"),
        (3e-7, "under 0.000001"),
        (-3e-7, "above -0.000001"),
        (9.996, "10.0"),
        (999.6, "1,000"),
        (3_461_612, "3,460,000"),
        (998_999_999, "999,000,000"),
        (999_999_999, "1.00 billion"),
        (60_274_523_205, "60.3 billion"),
        (3.38e14, "338 trillion"),
        (-4.2e16, "-42.0 quadrillion"),
        (5e21, "5,000 quintillion"),
        (1, "1"),
        (3670.0, "3,670"),
        (-12.34, "-12.3"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


SCALES = {"": 1.0, "billion": 1e9, "trillion": 1e12, "quadrillion": 1e15, "quintillion": 1e18}


@given(st.floats(1e-6, 1e24))
def test_numbers_have_three_digits_and_no_exponent(value):
    figures, _, scale = number(value).partition(" ")
    assert "e" not in figures
    assert float(figures.replace(",", "")) * SCALES[scale] == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize("words", [number, exact, whole, percent, points, money, price, change, duration])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_unknown_is_a_dash(words, value):
    assert words(value) == UNKNOWN


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.6234, 2, "62 %"),
        (0.6234, 3, "62.3 %"),
        (1, 3, "100 %"),
        (0, 3, "0 %"),
        (0.08, 2, "8 %"),
        (0.009, 3, "0.9 %"),
        (0.5, 3, "50 %"),
        (0.0034, 2, "0.34 %"),
        (-0.12, 2, "-12 %"),
    ],
)
def test_shares(share, digits, text):
    assert percent(share, digits) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0763, "7.63 % more"), (-0.5, "50 % less"), (0.0004, "the same"), (-0.0004, "the same")]
)
def test_changes(share, text):
    assert change(share) == text


def test_changes_in_other_words():
    assert change(-0.21, "dearer", "cheaper") == "21 % cheaper"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2, "0.2"),
        (3, "3"),
        (1.5, "1.5"),
        (0.001, "0.001"),
        (1e-6, "0.000001"),
        (1e9, "1 billion"),
        (120_000, "120,000"),
    ],
)
def test_given_numbers_have_no_superfluous_zeros(value, text):
    assert exact(value) == text


def test_savings_are_compared_by_one_decimal():
    assert (points(0.076), points(-0.0004), points(1)) == ("7.6 %", "0.0 %", "100.0 %")
    assert points_between(-0.0021, 0.051) == "−0.2 to 5.1 %"


def test_columns_have_a_fixed_count_of_decimals():
    assert (fixed(3, 2), fixed(-1234.567, 1), fixed(-0.001, 2), fixed(3.38e14, 2)) == (
        "3.00",
        "−1,234.6",
        "0.00",
        "338 trillion",
    )


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (3.456, "$3.46"),
        (212.4, "$212"),
        (1_234_567, "$1,234,567"),
        (-0.5, "−$0.50"),
        (0, "$0.00"),
        (99.994, "$99.99"),
        (99.999, "$100"),
        (-0.001, "$0.00"),
        (60_274_523_205, "$60.3 billion"),
    ],
)
def test_amounts(amount, text):
    assert money(amount) == text


def test_amounts_of_other_currencies():
    assert [money(212.4, code) for code in ("EUR", "GBP", "CHF")] == ["€212", "£212", "CHF\u00a0212"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.096, "$0.096"), (0.0104, "$0.0104"), (3, "$3.00"), (0.5, "$0.50"), (0, "$0.00"), (1.234567, "$1.2346")],
)
def test_prices_keep_their_digits(amount, text):
    assert price(amount) == text


def test_whole_numbers():
    assert [whole(value) for value in (1_234_567.4, 1, 0)] == ["1,234,567", "1", "0"]
    assert [whole(value) for value in (60_274_523_205, 3.38e14)] == ["60.3 billion", "338 trillion"]


def test_nothing_is_not_less_than_nothing():
    assert (number(-0.0), whole(-0.0), whole(-0.3), percent(-0.0)) == ("0", "0", "0", "0 %")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (296_820, "3 d 10 h"),
        (135_780, "1 d 14 h"),
        (86_400, "1 d"),
        (86_700, "1 d"),
        (7_800, "2 h 10 min"),
        (3_600, "1 h"),
        (3_599.6, "1 h"),
        (3_599, "59 min 59 s"),
        (0, "0 s"),
        (300, "5 min"),
        (45, "45 s"),
        (86_399, "1 d"),
        (86_340, "23 h 59 min"),
        (172_799, "2 d"),
        (0.0021 * 86_400, "3 min"),
        (7_260, "2 h"),
        (1835.25 * 86_400, "5 years"),
        (366 * 86_400, "1 year"),
        (550 * 86_400, "1.5 years"),
        (11_323 * 86_400, "31 years"),
        (120.6 * 86_400, "121 d"),
        (61.4 * 86_400, "61 d"),
        (1, "1 s"),
    ],
)
def test_lengths_of_time(seconds, text):
    assert duration(seconds) == text


def test_counts():
    words = ["no gaps", "one gap", "two gaps", "ten gaps", "1,100 gaps"]
    assert [counted(n, "gap") for n in (0, 1, 2, 10, 1100)] == words
    assert [counted(n, "policy", "policies") for n in (1, 3)] == ["one policy", "three policies"]
    assert [quantity(n, "replica") for n in (0, 1, 2, 1100)] == [
        "0 replicas",
        "1 replica",
        "2 replicas",
        "1,100 replicas",
    ]
    assert [quantity(n, "time") for n in (1, 2)] == ["1 time", "2 times"]


def test_moments():
    second = moment_of("1995-07-13 09:42", "-04:00")
    assert moment(second, "-04:00") == "Thu 13 Jul 09:42"
    assert moment(second, "UTC", with_year=True) == "Thu 13 Jul 1995 13:42"
