"""Which days are evaluated, and that no model was trained on them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.ranking.entrants import (
    MOST_ORIGINS,
    TEST,
    VALIDATION,
    ZERO_SHOT,
    entrant_of,
    evaluation_days,
)
from forecasting.model_sets.loading import validation_forecasts
from forecasting.settings import Settings
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


def both(series, settings, *models):
    return [entrant_of(series, model, None, settings) for model in models or ("lightgbm", "naive")]


def test_the_days_after_training_are_a_test(series, tested):
    days = evaluation_days(both(series, tested))
    assert (days.kind, days.first, days.end, days.stride) == (TEST, 9 * 96, 15 * 96, 1)
    assert days.notes == ()


def test_if_nothing_follows_training_the_validation_days_are_evaluated(series, trained):
    entrants = both(series, trained)
    days = evaluation_days(entrants)
    assert days.kind == VALIDATION
    assert days.first == 12 * 96 - 1 + 12, "as soon as every step has a stored forecast"
    assert "These are validation days" in days.notes[0]
    run = days.run(entrants[0])
    stored = validation_forecasts("mine", "15m", "lightgbm", trained)
    assert run.origins[0] == series.position(stored.first_origin)
    known = np.isfinite(run.means)
    np.testing.assert_array_equal(run.means[known], stored.means[: len(run.origins), :12][known])
    assert not run.in_sample


def test_a_new_series_is_evaluated_from_its_second_day():
    series = daily_traffic(4, 900, seed=99)
    days = evaluation_days(both(series, Settings()))
    assert (days.kind, days.first, days.end) == (ZERO_SHOT, 96, 4 * 96)
    assert len(days.notes) == 1
    assert days.notes[0].startswith("Zero-shot: model set 'nasa-http'")


def test_training_days_are_left_out_with_a_note(series, tested):
    days = evaluation_days(both(series, tested), start=MONDAY, end=MONDAY + 12 * DAY)
    assert days.kind == VALIDATION, "the validation days come before the test, and count here too"
    assert days.first > series.position(MONDAY + 8 * DAY - 900)
    assert days.end == 12 * 96
    assert any(note.startswith("Days before 2024-03-12 02:45:00 were used for training") for note in days.notes)
    with pytest.raises(HistoryTooShort, match="no out-of-sample bin in this range"):
        evaluation_days(both(series, tested), start=MONDAY, end=MONDAY + 5 * DAY)


def test_a_span_given_within_the_test_days_is_taken(series, tested):
    days = evaluation_days(both(series, tested), start=MONDAY + 10 * DAY + 1, end=MONDAY + 11 * DAY + 1)
    assert (days.kind, days.first, days.end) == (TEST, 10 * 96 + 1, 11 * 96 + 1), "edges round up to a bin"


def test_steps_beyond_what_is_stored_end_there(series, trained):
    furthest = int(entrant_of(series, "naive", None, trained).source.stored_steps[-1])
    entrants = both(series, trained)
    assert evaluation_days(entrants, steps=(1, furthest)).steps.tolist() == [1, furthest]
    entrants = [
        type(c)(c.label, type(c.source)(series, c.source.fitted, c.source.seen, c.source.stored_from, np.arange(1, 6)))
        for c in entrants
    ]
    days = evaluation_days(entrants, steps=range(1, 13))
    assert days.steps.tolist() == [1, 2, 3, 4, 5]
    assert any("stored for 5 steps" in note for note in days.notes)


def test_long_spans_are_strided_through_every_minute_of_the_day(monkeypatch):
    monkeypatch.setattr("forecasting.evaluation.ranking.entrants.MOST_ORIGINS", 100)
    series = daily_traffic(8, 900, seed=99)
    days = evaluation_days(both(series, Settings()))
    every = evaluation_days(both(series, Settings()), stride=1).origins
    assert days.stride >= every / 100
    assert math.gcd(days.stride, series.bins_per_day) == 1
    assert days.origins <= 100
    assert any(f"one in {days.stride} of the {every:,} origins" in note for note in days.notes)
    assert MOST_ORIGINS > 100


def test_origins_are_those_of_the_run(series, tested):
    entrant = entrant_of(series, "naive", None, tested)
    for stride in (1, 7):
        days = evaluation_days([entrant], stride=stride)
        assert days.origins == len(days.run(entrant).origins)


def test_every_bin_is_the_next_step_from_the_last_origins(series, tested):
    entrant = entrant_of(series, "naive", None, tested)
    run = evaluation_days([entrant], stride=7).every_bin(200).run(entrant)
    assert run.steps.tolist() == [1]
    assert run.origins.tolist() == list(range(15 * 96 - 201, 15 * 96 - 1))


@pytest.mark.parametrize("bad", [{"steps": (0,)}, {"steps": (101,)}, {"stride": 0}, {"stride": 1.5}])
def test_steps_and_strides_out_of_range_are_refused(bad, series, tested):
    with pytest.raises(InputError, match="must be an integer from 1"):
        evaluation_days(both(series, tested), **bad)
