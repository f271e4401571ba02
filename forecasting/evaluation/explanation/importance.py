"""Feature importance of tree models: the share of the training gain of each feature, under readable names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.evaluation.model_names import short_percent
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.trees.features import FEATURE_NAMES
from forecasting.forecasters.trees.tree_forecaster import FIRST, LATER, Booster, TreeForecaster

LAST_BINS, LEVEL, NOISE = "the last bins", "recent averages", "the noise level"
YESTERDAY, USUAL_DAY = "same time yesterday", "same time on an average day"
LAST_WEEK, USUAL_WEEK = "same time last week", "same time in an average week"
CALENDAR, STEP = "the calendar", "the lead time"

GROUPS = (LAST_BINS, LEVEL, NOISE, YESTERDAY, USUAL_DAY, LAST_WEEK, USUAL_WEEK, CALENDAR, STEP)

_READABLE = {
    "lag_0": ("the last bin", LAST_BINS),
    **{f"lag_{lag}": (f"{lag} bin{'s' if lag > 1 else ''} before the last", LAST_BINS) for lag in range(1, 6)},
    "mean_instant": ("mean of the last few bins", LEVEL),
    "mean_short": ("mean of a few more bins", LEVEL),
    "mean_long": ("mean of about an hour", LEVEL),
    "mean_hours": ("mean of several hours", LEVEL),
    "mean_day": ("mean of a day", LEVEL),
    "noise_short": ("noise of about an hour", NOISE),
    "noise_long": ("noise of several hours", NOISE),
    "day_increment": ("change over the same interval a day earlier", YESTERDAY),
    "day_usual_increment": ("change over the same interval on an average day", USUAL_DAY),
    "day_value": ("value a day earlier", YESTERDAY),
    "day_usual": ("value on an average day", USUAL_DAY),
    "day_usual_level": ("current level on an average day", USUAL_DAY),
    "week_increment": ("change over the same interval a week earlier", LAST_WEEK),
    "week_usual_increment": ("change over the same interval in an average week", USUAL_WEEK),
    "week_value": ("value a week earlier", LAST_WEEK),
    "week_usual": ("value in an average week", USUAL_WEEK),
    "week_usual_level": ("current level in an average week", USUAL_WEEK),
    "time_of_day": ("time of day", CALENDAR),
    "day_of_week": ("day of the week", CALENDAR),
    "step": ("steps ahead", STEP),
}

FEATURES = tuple(_READABLE[name][0] for name in FEATURE_NAMES)
"""The readable name of each feature column."""

GROUP_OF = np.array([GROUPS.index(_READABLE[name][1]) for name in FEATURE_NAMES])
"""The position in GROUPS of each column's group."""

PARTS = {FIRST: "the next bin", LATER: "later steps"}
"""The two boosters of a tree forecaster and the bins they forecast."""


@dataclass(frozen=True, eq=False)
class Importance:
    """The share of the total gain (reduction of the training loss) of one booster's splits.

    `features` with their `shares` (F,) and `groups` with theirs (G,), each the largest first and summing to 1.
    `part` says which bins that booster forecasts. A large share means that the trees use a feature, not that it is a
    cause.
    """

    part: str
    features: tuple[str, ...]
    shares: np.ndarray
    groups: tuple[str, ...]
    group_shares: np.ndarray

    @property
    def sentence(self) -> str:
        """The two most important groups of features."""
        pairs = zip(self.groups[:2], self.group_shares[:2], strict=True)
        first, second = (f"{group} ({short_percent(share)})" for group, share in pairs)
        return f"For {self.part} the trees rely most on {first} and {second}."


def importance(fitted: FittedModel) -> tuple[Importance, ...]:
    """Return the feature importance of the booster of the next bin, and of the one of later steps.

    Raises InputError if the model is not a tree model.
    """
    forecaster = fitted.forecaster
    if not isinstance(forecaster, TreeForecaster):
        raise InputError(f"model must be xgboost or lightgbm (got {forecaster.name!r}).", field="model")
    return tuple(_of(PARTS[part], forecaster.boosters[part]) for part in PARTS)


def _of(part: str, booster: Booster) -> Importance:
    gain = booster.gain()
    shares = gain / gain.sum() if gain.sum() > 0 else np.full(len(gain), 1.0 / len(gain))
    grouped = np.bincount(GROUP_OF, weights=shares, minlength=len(GROUPS))
    order, group_order = np.argsort(-shares, kind="stable"), np.argsort(-grouped, kind="stable")
    return Importance(
        part,
        tuple(FEATURES[k] for k in order),
        shares[order],
        tuple(GROUPS[k] for k in group_order),
        grouped[group_order],
    )
