"""What the trees look at: how much each feature lowers their loss, under names that people read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.evaluation.model_names import rough
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.trees.features import FEATURE_NAMES
from forecasting.forecasters.trees.tree_forecaster import FIRST, LATER, Booster, TreeForecaster

LAST_BINS, LEVEL, NOISE = "the last bins", "the recent level", "how noisy it is"
YESTERDAY, USUAL_DAY = "same time yesterday", "same time on a usual day"
LAST_WEEK, USUAL_WEEK = "same time last week", "same time in a usual week"
CALENDAR, STEP = "the calendar", "how far ahead"

GROUPS = (LAST_BINS, LEVEL, NOISE, YESTERDAY, USUAL_DAY, LAST_WEEK, USUAL_WEEK, CALENDAR, STEP)

_READABLE = {
    "lag_0": ("the last bin", LAST_BINS),
    **{f"lag_{lag}": (f"{lag} bin{'s' if lag > 1 else ''} before the last", LAST_BINS) for lag in range(1, 6)},
    "mean_instant": ("mean of the last few bins", LEVEL),
    "mean_short": ("mean of some more bins", LEVEL),
    "mean_long": ("mean of about an hour", LEVEL),
    "mean_hours": ("mean of some hours", LEVEL),
    "mean_day": ("mean of a day", LEVEL),
    "noise_short": ("noise of about an hour", NOISE),
    "noise_long": ("noise of some hours", NOISE),
    "day_increment": ("change from now to then, a day before", YESTERDAY),
    "day_usual_increment": ("change from now to then, on a usual day", USUAL_DAY),
    "day_value": ("value a day before", YESTERDAY),
    "day_usual": ("value on a usual day", USUAL_DAY),
    "day_usual_level": ("level now on a usual day", USUAL_DAY),
    "week_increment": ("change from now to then, a week before", LAST_WEEK),
    "week_usual_increment": ("change from now to then, in a usual week", USUAL_WEEK),
    "week_value": ("value a week before", LAST_WEEK),
    "week_usual": ("value in a usual week", USUAL_WEEK),
    "week_usual_level": ("level now in a usual week", USUAL_WEEK),
    "time_of_day": ("time of day", CALENDAR),
    "day_of_week": ("day of the week", CALENDAR),
    "step": ("bins ahead", STEP),
}

FEATURES = tuple(_READABLE[name][0] for name in FEATURE_NAMES)
"""What each column of the features is called."""

GROUP_OF = np.array([GROUPS.index(_READABLE[name][1]) for name in FEATURE_NAMES])
"""The position in GROUPS of each column's group."""

PARTS = {FIRST: "the next bin", LATER: "later bins"}
"""The two boosters of a tree forecaster, by what they forecast."""


@dataclass(frozen=True, eq=False)
class Importance:
    """The share of the total gain of one booster's splits, that is of the loss they took away in training.

    `features` with their `shares` (F,) and `groups` with theirs (G,), each the largest first and summing to 1.
    `part` says which bins that booster forecasts. A large share says that the trees use a feature, not that it is the
    cause of anything.
    """

    part: str
    features: tuple[str, ...]
    shares: np.ndarray
    groups: tuple[str, ...]
    group_shares: np.ndarray

    @property
    def sentence(self) -> str:
        """What this booster looks at most, in words."""
        pairs = zip(self.groups[:2], self.group_shares[:2], strict=True)
        first, second = (f"{group} ({rough(share)})" for group, share in pairs)
        return f"For {self.part} the trees look most at {first} and {second}."


def importance(fitted: FittedModel) -> tuple[Importance, ...]:
    """The importance of features to the booster of the next bin, and to that of later ones.

    Raises InputError for a model that is not made of trees.
    """
    forecaster = fitted.forecaster
    if not isinstance(forecaster, TreeForecaster):
        raise InputError(f"model is {forecaster.name!r}, which has no trees; write xgboost or lightgbm.", field="model")
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
