"""How good forecasts are: past forecasts, leaderboard, reliability of intervals, explanations, effect of training.

Every function takes a Series and names of models; every result is a frozen value with its findings as sentences.
"""

from forecasting.evaluation.explanation.factors import (
    EXPLAINABLE,
    ForecastFactors,
    ShapeCurves,
    forecast_factors,
    shape_curves,
)
from forecasting.evaluation.explanation.importance import Importance, importance
from forecasting.evaluation.explanation.members import MemberShares, member_shares
from forecasting.evaluation.model_names import display_name, member_name, name_in_text
from forecasting.evaluation.next_hour import NextHour
from forecasting.evaluation.origins import Origins, Surroundings, origins_of, surroundings
from forecasting.evaluation.past_forecast import BANDS, PastForecast, past_forecast
from forecasting.evaluation.ranking.entrants import TEST, VALIDATION, ZERO_SHOT, models_for
from forecasting.evaluation.ranking.leaderboard import ALL_STEPS, Leaderboard, LeaderboardRow, leaderboard
from forecasting.evaluation.ranking.scoring import LOSSES, METRIC_NAMES, Comparison, format_score
from forecasting.evaluation.reliability.drift import Drift
from forecasting.evaluation.reliability.quantile_counts import QuantileCounts, Shares
from forecasting.evaluation.reliability.reliability import Reliability, reliability_of
from forecasting.evaluation.reliability.residuals import ErrorAutocorrelation, Residuals
from forecasting.evaluation.training_plan import BeforeAfter, Change, TrainingFacts, before_after, training_facts
from forecasting.model_sets.waiting import Waiting, set_name_for, waiting

__all__ = [
    "ALL_STEPS",
    "BANDS",
    "EXPLAINABLE",
    "LOSSES",
    "METRIC_NAMES",
    "TEST",
    "VALIDATION",
    "ZERO_SHOT",
    "BeforeAfter",
    "Change",
    "Comparison",
    "Drift",
    "ErrorAutocorrelation",
    "ForecastFactors",
    "Importance",
    "Leaderboard",
    "LeaderboardRow",
    "MemberShares",
    "NextHour",
    "Origins",
    "PastForecast",
    "QuantileCounts",
    "Reliability",
    "Residuals",
    "ShapeCurves",
    "Shares",
    "Surroundings",
    "TrainingFacts",
    "Waiting",
    "before_after",
    "display_name",
    "forecast_factors",
    "format_score",
    "importance",
    "leaderboard",
    "member_name",
    "member_shares",
    "models_for",
    "name_in_text",
    "origins_of",
    "past_forecast",
    "reliability_of",
    "set_name_for",
    "shape_curves",
    "surroundings",
    "training_facts",
    "waiting",
]
