"""Long work stops soon after its deadline, wherever it is, and nothing else notices that there are deadlines."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from forecasting import deadline
from forecasting.deadline import Deadline, OutOfTime
from forecasting.prediction import block_backtest
from forecasting.readers import import_files
from forecasting.scaling.comparison.results import compare_result
from forecasting.scaling.config.request import request_of
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.settings import Settings
from forecasting.timeseries import synthetic

PASSED = Deadline(time.monotonic() - 1, 5)


def compare(settings: Settings) -> object:
    return compare_result(request_of(synthetic.generate(days=20), Configuration(), {"model_type": "naive"}, settings))


def backtest(settings: Settings) -> object:
    return block_backtest(synthetic.generate(days=8), step=3, model="naive", timeframe="5m", settings=settings)


def import_counts(settings: Settings) -> object:
    data = b"timestamp,requests_count\n1995-08-01 00:00:00,1\n1995-08-01 00:05:00,2\n"
    return import_files([("a.csv", io.BytesIO(data))], name="a", settings=settings)


@pytest.mark.parametrize("work", [compare, backtest, import_counts])
def test_work_stops_after_its_deadline(settings, work: Callable[[Settings], object]):
    with deadline.until(PASSED), pytest.raises(OutOfTime, match="longer than 5 s"):
        work(settings)


def test_work_before_its_deadline_is_done(settings):
    with deadline.until(Deadline.after(3_600)):
        series, _ = import_counts(settings)
    assert len(series) == 2


def test_a_deadline_ends_with_its_work():
    with deadline.until(PASSED):
        assert deadline.current() is PASSED
    assert deadline.current() is None
    deadline.check()
