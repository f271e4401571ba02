"""What the card of a model set states about one model: the bins that it was trained on, and its scores.

Stored cards are validated with these types, and the documentation of the API is derived from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

MOST_SAFE = 2**53
"""Larger integers are not the same in every reader of JSON."""

OPEN = ConfigDict(extra="allow", strict=True)
"""Fields that another version wrote are shown as they are; no value is converted."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Finite, Field(ge=0)]
Score = Finite | None
Share = Annotated[float, Field(ge=0, le=1)] | None


def _wall_time(text: str) -> str:
    """Return the text; raises ValueError unless it is `YYYY-MM-DD HH:MM:SS` in a year that every calendar has."""
    try:
        moment = datetime.strptime(text, WALL_FORMAT)
    except ValueError:
        moment = None
    if moment is None or moment.strftime(WALL_FORMAT) != text or moment.year not in YEARS:
        raise ValueError(f"must be a time YYYY-MM-DD HH:MM:SS from {YEARS[0]} to {YEARS[-1]}")
    return text


WALL_FORMAT, YEARS = "%Y-%m-%d %H:%M:%S", range(1700, 2262)
WallTime = Annotated[str, AfterValidator(_wall_time)]


@with_config(OPEN)
class ScoreRow(TypedDict):
    """The scores of one model at one step, or pooled over all; null if a score has no meaning."""

    step: Annotated[
        Annotated[int, Field(ge=1, le=MOST_SAFE)] | Literal["all"],
        Field(description="Steps ahead; `all` pools every step"),
    ]
    n: Annotated[int, Field(ge=0, le=MOST_SAFE, description="Targets scored")]
    rmse: Annotated[Score, Field(description="Of the mean, in requests per bin")]
    mae: Annotated[Score, Field(description="Of the mean, in requests per bin")]
    smape: Annotated[Score, Field(description="Of the mean, 0 to 200 %")]
    mase: Annotated[Score, Field(description="Of the median; below 1 is better than the season before")]
    wql: Annotated[Score, Field(description="Over the quantiles 0.1 to 0.9")]
    coverage_80: Annotated[Share, Field(description="Share within the 80 % interval")]
    coverage_90: Annotated[Share, Field(description="Share within the 90 % interval")]
    bias: Annotated[Score, Field(description="Mean of forecast less actual, in requests per bin")]


@with_config(OPEN)
class CardScores(TypedDict):
    """Scores by step and, last, pooled (`step: "all"`), with the days that were scored."""

    metrics_on: Annotated[Literal["test", "validation"], Field(description="Role of the scored days")]
    metrics_from: WallTime
    metrics_until: WallTime
    metrics: Annotated[list[ScoreRow], Field(min_length=1)]


@with_config(OPEN)
class TrainingSpan(TypedDict):
    """The bins that a model was trained on, in wall time, and S_m of MASE over them."""

    trained_from: WallTime
    validation_from: Annotated[
        WallTime, Field(description="Start of the validation days, on which intervals are calibrated")
    ]
    trained_until: WallTime
    seasonal_scale: Annotated[Finite, Field(description="Divisor of MASE, in requests per bin")]


@with_config(OPEN)
class CardEntry(TrainingSpan, CardScores):
    """One model in one timeframe; times are wall time of the data, ends excluded."""

    train_seconds: Positive
