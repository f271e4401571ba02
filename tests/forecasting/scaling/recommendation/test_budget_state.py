"""The state of an error budget: the same after a restart, the same as in a replay, and part of the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.hindcasts.simple_source import SimpleSource
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation import budget_state
from forecasting.scaling.recommendation.budget_state import FOLDER, period_of, start_of
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.replay import source_for
from forecasting.scaling.worth.period import PERIOD_DAYS, YOUNG_DAYS, days_left, period_start
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic, with_counts

DAY = 96


@pytest.fixture(scope="module")
def series() -> Series:
    return daily_traffic(24)


@pytest.fixture
def question(series: Series, tmp_path) -> ScalingRequest:
    return ScalingRequest(
        series=series,
        service={"capacity_per_minute": 4.0, "boot_seconds": 900, "max_replicas": 40},
        model_type="seasonal_smoothing",
        current_replicas=5,
        settings=Settings(home=tmp_path / "home"),
    )


@pytest.fixture(autouse=True)
def _nothing_in_memory(monkeypatch) -> None:
    monkeypatch.setattr(budget_state, "_starts", type(budget_state._starts)(8))


def until(question: ScalingRequest, bins: int) -> ScalingRequest:
    return replace(question, end=question.series.start + bins * 900)


def test_a_recommendation_has_its_budget(question: ScalingRequest) -> None:
    budget = recommend(question).error_budget
    assert budget is not None
    assert set(budget.to_dict()) == {"objective", "allowed", "used", "left_days", "price_of_unmet", "at_cap_share"}
    assert budget.objective == 0.01
    assert budget.used >= 0
    assert budget.left_days <= PERIOD_DAYS
    assert budget.price_of_unmet is not None
    assert recommend(replace(question, policy="reactive")).error_budget is None
    adaptive = recommend(replace(question, policy="reactive", parameters={"adaptive": 1})).error_budget
    assert adaptive is not None
    assert adaptive.price_of_unmet is None


def test_a_restart_finds_the_same_state(question: ScalingRequest, monkeypatch) -> None:
    source = source_for(question)
    one = period_of(question, source)
    files = list((question.settings.cache_path / FOLDER).glob("*.json"))
    assert len(files) == 1
    monkeypatch.setattr(budget_state, "_starts", type(budget_state._starts)(8))
    again = period_of(question, source)
    assert (again.budget, again.knob, again.start) == (one.budget, one.knob, one.start)


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"price": 3}'])
def test_what_is_absent_or_damaged_is_rebuilt_equal(question: ScalingRequest, monkeypatch, content) -> None:
    source = source_for(question)
    one = period_of(question, source)
    (file,) = (question.settings.cache_path / FOLDER).glob("*.json")
    file.unlink() if content is None else file.write_bytes(content)
    monkeypatch.setattr(budget_state, "_starts", type(budget_state._starts)(8))
    assert period_of(question, source).budget == one.budget


def test_new_bins_advance_it(question: ScalingRequest) -> None:
    """A poll with one more bin begins where the one before ended: neither start nor past charges change."""
    states = [recommend(until(question, 20 * DAY + n)).error_budget for n in (40, 41, 42)]
    counts = question.series.requests_count
    for earlier, later, bin in zip(states[:-1], states[1:], (20 * DAY + 40, 20 * DAY + 41), strict=True):
        assert earlier.since == later.since
        assert later.allowed - earlier.allowed == pytest.approx(0.01 * counts[bin])
        charged = later.used - earlier.used - 0.009 * counts[bin]
        assert later.debt - earlier.debt == pytest.approx(charged)


def test_what_comes_later_changes_nothing(question: ScalingRequest) -> None:
    counts = question.series.requests_count.copy()
    counts[20 * DAY :] *= 9
    other = replace(question, series=with_counts(question.series, counts))
    assert recommend(until(question, 20 * DAY)) == recommend(until(other, 20 * DAY))


def test_a_poll_soon_after_a_period_began_uses_its_start(question: ScalingRequest) -> None:
    source = source_for(question)
    first = period_start(source, 20 * DAY)
    begun = recommend(until(question, first + 1))
    assert begun.error_budget is None
    assert begun.replicas >= 1
    assert start_of(until(question, first + 1), source, first).knob is not None


def test_a_change_of_the_objective_starts_anew(question: ScalingRequest) -> None:
    source = source_for(question)
    first = period_start(source, len(question.series) - 1)
    strict = replace(question, slo=Objective(max_unmet_share=0.001))
    assert start_of(strict, source, first).knob > start_of(question, source, first).knob


class TestPeriods:
    def test_a_young_series_begins_anew_after_some_days(self, series: Series) -> None:
        source = SimpleSource(series)
        starts = sorted({period_start(source, last) for last in range(len(series))})
        days = [(start // DAY) for start in starts]
        assert days[0] == 0
        assert set(YOUNG_DAYS) <= set(days)

    def test_everybody_finds_the_same_period(self) -> None:
        long = daily_traffic(90)
        whole = SimpleSource(long)
        start = period_start(whole, len(long) - 1)
        assert (long.wall[start] // 86_400) % PERIOD_DAYS == 0
        assert period_start(SimpleSource(long.slice(0, len(long) - 5)), len(long) - 6) == start
        assert days_left(long, start, start - 1) == PERIOD_DAYS
        assert days_left(long, start, start + 10 * DAY - 1) == pytest.approx(PERIOD_DAYS - 10)
        assert np.isfinite(long.requests_count).all()
