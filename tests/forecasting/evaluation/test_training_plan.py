"""The data that training would use, and whether the new set is better than the current one."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting import prediction
from forecasting.errors import HistoryTooShort, InputError, NotFound
from forecasting.evaluation.ranking.leaderboard import LeaderboardRow
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.evaluation.training_plan import Change, before_after, training_facts
from forecasting.model_sets.candidates import accept
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400


class TestFacts:
    def test_they_are_what_training_does(self, series, tested):
        facts = training_facts(series, until=MONDAY + 9 * DAY)
        entry = card_of("mine", tested)["models"]["15m"]["lightgbm"]
        assert (entry["validation_from"], entry["trained_until"]) == ("2024-03-12 00:00:00", "2024-03-13 00:00:00")
        assert (facts.known_days, facts.held_out_days, facts.test_days) == (9.0, 1, 6.0)
        assert facts.held_out_share == pytest.approx(1 / 9)
        assert facts.enough
        assert facts.sentence == (
            "9 known days of training data; the last day (11 %) is the hold-out for calibration. The 6 days after that "
            "are test data."
        )

    def test_without_an_end_nothing_is_left_to_test_on(self, series):
        facts = training_facts(series)
        assert (facts.known_days, facts.held_out_days, facts.test_days) == (15.0, 3, 0.0)
        assert facts.sentence.endswith("the last 3 days (20 %) are the hold-out for calibration.")

    @pytest.mark.parametrize(
        "short", [daily_traffic(2, 900), daily_traffic(2, 60), Series("silent", 900, 0, np.zeros(1_000))]
    )
    def test_why_not_is_the_error_of_training(self, short, settings):
        facts = training_facts(short)
        assert not facts.enough
        assert facts.held_out_days == 0
        with pytest.raises(HistoryTooShort) as refused:
            train(short, model_set="mine", models=(), timeframes=(facts.timeframe,), settings=settings)
        assert facts.why_not == facts.sentence == str(refused.value)

    def test_unknown_bins_are_no_days(self, series):
        counts = series.requests_count.copy()
        counts[96 : 3 * 96] = np.nan
        assert training_facts(with_counts(series, counts)).known_days == 13.0

    def test_the_series_is_resampled(self):
        facts = training_facts(daily_traffic(15, 300), "15m")
        assert (facts.timeframe, facts.known_days) == ("15m", 15.0)
        assert facts.least_days == pytest.approx(400 / 96)
        with pytest.raises(InputError, match=r"timeframe must be a multiple of 15m, .*got 5m"):
            training_facts(daily_traffic(15, 900), "5m")


class TestBeforeAfter:
    def test_both_are_scored_on_out_of_sample_days(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings)
        train(series, model_set="mine", models=(), until=MONDAY + 10 * DAY, settings=settings, candidate=True)
        result = before_after(series, "mine", models=("smoothing", "seasonal_naive"), settings=settings)
        assert (result.board.kind, result.board.start) == ("test", MONDAY + 10 * DAY)
        for change, model in zip(result.changes, ("smoothing", "seasonal_naive"), strict=True):
            assert change.model == model
            for row, name in ((change.before, "mine"), (change.after, "mine.candidate")):
                assert row.model_set == name
                run = prediction.backtest(
                    series, model=model, model_set=name, start=MONDAY + 10 * DAY, settings=settings
                )
                assert row.scores["mae"] == pytest.approx(run.scores()[-1]["mae"])
            share = 1 - change.after.scores["mae"] / change.before.scores["mae"]
            assert change.better.share == pytest.approx(share)
        assert result.changes[1].better.share == 0, "the same rule"
        assert "not clearly better or worse than before" in result.changes[1].sentence

    def test_trained_on_everything_the_validation_days_decide(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings)
        train(series, model_set="mine", models=(), settings=settings, candidate=True)
        result = before_after(series, "mine", models=("smoothing",), settings=settings)
        assert result.board.kind == "validation"
        assert result.board.start == MONDAY + 12 * DAY + 11 * 900

    def test_a_first_set_is_compared_with_the_shipped_one(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings, candidate=True)
        (change,) = before_after(series, "mine", models=("smoothing",), settings=settings).changes
        assert (change.before.model_set, change.after.model_set) == (SHIPPED, "mine.candidate")

    def test_without_a_model_in_use_the_new_one_is_new(self, settings):
        series = daily_traffic(40, 3_600, level=5_000)
        train(series, model_set="hourly", models=(), until=MONDAY + 33 * DAY, settings=settings, candidate=True)
        (change,) = before_after(series, "hourly", models=("smoothing",), settings=settings).changes
        assert (change.before, change.better) == (None, None)
        assert change.sentence == "Exponential smoothing is new."

    def test_without_a_candidate_there_is_nothing_to_compare(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings, candidate=True)
        with pytest.raises(
            InputError, match="models must name at least one model that the candidate of 'mine' has at 15m"
        ):
            before_after(series, "mine", models=("lightgbm",), settings=settings)
        accept("mine", settings)
        with pytest.raises(NotFound, match=r"Model set 'mine\.candidate' not found"):
            before_after(series, "mine", settings=settings)


def row(loss: float) -> LeaderboardRow:
    return LeaderboardRow("LightGBM", "lightgbm", "mine", {"mae": loss}, True, None)


@pytest.mark.parametrize(
    ("better", "sentence"),
    [
        (Comparison(0.12, 0.08, 0.15), "LightGBM is 12 % better than before."),
        (Comparison(-0.031, -0.05, -0.01), "LightGBM is 3.1 % worse than before."),
        (Comparison(0.12), "LightGBM is 12 % better than before, but there are too few days to rule out chance."),
        (
            Comparison(0.02, -0.01, 0.05),
            "LightGBM is not clearly better or worse than before: a difference of 2 % may be chance.",
        ),
    ],
)
def test_sentences_of_changes(better, sentence):
    assert Change("lightgbm", row(2.0), row(1.0), better).sentence == sentence
