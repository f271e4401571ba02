"""What the Forecasts page tells: what a model says and would have said, how good it is, whether to believe it, and why.

Every function takes a Series and names, and gives frozen values with their findings in words.
"""

from forecasting.evaluation.explanation.components import EXPLAINED, Components, ShapeCurves, components, shape_curves
from forecasting.evaluation.explanation.importance import Importance, importance
from forecasting.evaluation.model_names import label_of, name_of
from forecasting.evaluation.next_hour import NextHour
from forecasting.evaluation.origins import Origins, Surroundings, origins_of, surroundings
from forecasting.evaluation.past_forecast import BANDS, PastForecast, as_of
from forecasting.evaluation.ranking.entrants import TEST, VALIDATION, ZERO_SHOT, models_for
from forecasting.evaluation.ranking.leaderboard import PATH, Leaderboard, Standing, leaderboard
from forecasting.evaluation.ranking.scoring import LOSSES, METRIC_NAMES, Comparison, written
from forecasting.evaluation.reliability.drift import Drift
from forecasting.evaluation.reliability.quantile_counts import QuantileCounts, Shares
from forecasting.evaluation.reliability.reliability import Reliability, trust
from forecasting.evaluation.reliability.residuals import ErrorMemory, Residuals
from forecasting.evaluation.training_plan import BeforeAfter, Change, TrainingFacts, before_after, training_facts
from forecasting.model_sets.waiting import Waiting, set_name_for, waiting

__all__ = [
    "BANDS",
    "EXPLAINED",
    "LOSSES",
    "METRIC_NAMES",
    "PATH",
    "TEST",
    "VALIDATION",
    "ZERO_SHOT",
    "BeforeAfter",
    "Change",
    "Comparison",
    "Components",
    "Drift",
    "ErrorMemory",
    "Importance",
    "Leaderboard",
    "NextHour",
    "Origins",
    "PastForecast",
    "QuantileCounts",
    "Reliability",
    "Residuals",
    "ShapeCurves",
    "Shares",
    "Standing",
    "Surroundings",
    "TrainingFacts",
    "Waiting",
    "as_of",
    "before_after",
    "components",
    "importance",
    "label_of",
    "leaderboard",
    "models_for",
    "name_of",
    "origins_of",
    "set_name_for",
    "shape_curves",
    "surroundings",
    "training_facts",
    "trust",
    "waiting",
    "written",
]
