"""The members of a model that mixes several: their weights in one forecast, and over the day before its origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting import prediction
from forecasting.errors import InputError
from forecasting.evaluation.model_names import member_name, short_percent
from forecasting.forecasters.base import MAX_HORIZON, MemberWeight
from forecasting.forecasters.registry import WITHOUT_SET
from forecasting.settings import Settings
from forecasting.timeseries.formatting import moment
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

_NOTABLE = 0.01
"""A member with a smaller weight is not named in a sentence."""


@dataclass(frozen=True, eq=False)
class MemberShares:
    """The `members` of the forecast from `origin` (absolute seconds), averaged over its steps, largest weight first.

    `weights` (n, k) are those of the members `names` (k,) at the step `step`, from the origins `seconds` (n,) of the
    day that ends with `origin`.
    """

    model: str
    model_set: str | None
    time_zone: str | None
    origin: int
    step: int
    members: tuple[MemberWeight, ...]
    names: tuple[str, ...]
    seconds: np.ndarray
    weights: np.ndarray

    @property
    def sentence(self) -> str:
        """The members that carry the forecast, and whether anything trained is among them."""
        notable = [f"{member_name(one.model)} {short_percent(one.weight)}" for one in self.members]
        named = [text for text, one in zip(notable, self.members, strict=True) if one.weight >= _NOTABLE]
        trained = f"with the model set {self.model_set}" if self.model_set else "without training"
        when = moment(self.origin, self.time_zone, with_year=True)
        return f"Members of the forecast from {when}, {trained}: {', '.join(named)}."

    @property
    def changes(self) -> str:
        """Which member had the largest weight for most of the day, and how often another one had."""
        leaders = self.weights.argmax(axis=1)
        counts = np.bincount(leaders, minlength=len(self.names))
        first = int(counts.argmax())
        share = counts[first] / len(leaders)
        name = member_name(self.names[first])
        if share == 1.0:
            return f"In the 24 hours before, {name} had the largest weight throughout."
        return f"In the 24 hours before, {name} had the largest weight {short_percent(share)} of the time."


def member_shares(
    series: Series,
    *,
    model: str,
    horizon: int,
    step: int | None = None,
    origin: int | None = None,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> MemberShares:
    """Return the members of the forecast from the bin that holds `origin` (absolute seconds, default the last bin).

    `step` (default: the last of `horizon`) is the one whose weights are followed over the day. Raises InputError for
    values out of range and for a model that mixes no others, NotFound for an unknown set.
    """
    settings = settings or Settings.from_environment()
    steps = np.arange(1, prediction.whole_number(horizon, "horizon", MAX_HORIZON) + 1)
    step = prediction.whole_number(horizon if step is None else step, "step", MAX_HORIZON)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    fitted, _ = prediction.chosen(series, model, model_set, settings)
    position = prediction.origin_position(series, origin)
    members = fitted.members(series, position, steps)
    if not members:
        raise InputError(f"model must be one of {', '.join(WITHOUT_SET)} (got {model!r}).", field="model")
    first = max(int(np.argmax(np.isfinite(series.requests_count))), position + 1 - series.bins_per_day)
    origins = np.arange(first, position + 1)
    names, weights = fitted.member_weights(series, origins, np.array([step]))
    return MemberShares(
        model=model,
        model_set=fitted.model_set,
        time_zone=series.time_zone,
        origin=series.start + position * series.bin_seconds,
        step=step,
        members=members,
        names=names,
        seconds=series.start + origins * series.bin_seconds,
        weights=weights,
    )
