"""Numbers, times and lengths of time as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.formatting import UNKNOWN, change, counted, duration, moment, money, number, percent, whole


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
        (0.00009, "9.00e-05"),
        (9.996, "10.0"),
        (999.6, "1,000"),
        (3_461_612, "3,460,000"),
        (999_999_999, "1,000,000,000"),
        (12_345_678_901, "1.23e+10"),
        (-12.34, "-12.3"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@given(st.floats(1e-9, 1e15))
def test_numbers_have_three_digits(value):
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize("words", [number, whole, percent, money, change, duration])
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
        (0.08, 2, "8.0 %"),
        (0.0034, 2, "0.34 %"),
        (-0.12, 2, "-12 %"),
    ],
)
def test_shares(share, digits, text):
    assert percent(share, digits) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0763, "7.63 % more"), (-0.5, "50.0 % less"), (0.0004, "the same"), (-0.0004, "the same")]
)
def test_changes(share, text):
    assert change(share) == text


def test_changes_in_other_words():
    assert change(-0.21, "dearer", "cheaper") == "21.0 % cheaper"


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
    ],
)
def test_amounts(amount, text):
    assert money(amount) == text


def test_whole_numbers():
    assert whole(1_234_567.4) == "1,234,567"


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
    ],
)
def test_lengths_of_time(seconds, text):
    assert duration(seconds) == text


def test_counts():
    words = ["no gaps", "one gap", "two gaps", "ten gaps", "1,100 gaps"]
    assert [counted(n, "gap") for n in (0, 1, 2, 10, 1100)] == words


def test_moments():
    second = moment_of("1995-07-13 09:42", "-04:00")
    assert moment(second, "-04:00") == "Thu 13 Jul 09:42"
    assert moment(second, "UTC", with_year=True) == "Thu 13 Jul 1995 13:42"
