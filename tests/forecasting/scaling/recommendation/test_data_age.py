"""How old the data of a recommendation is, and what is said if it is too old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.data_age import REFRESHES, dated
from forecasting.scaling.recommendation.recommend import recommend
from tests.forecasting.traffic import daily_traffic

SERIES = daily_traffic(4)


def request() -> ScalingRequest:
    return ScalingRequest(
        series=SERIES, service={"capacity_per_minute": 4.0}, policy="reactive", model_type="smoothing", end=SERIES.end
    )


@pytest.mark.parametrize(("bins", "stale"), [(0, False), (REFRESHES, False), (REFRESHES + 1, True), (5000, True)])
def test_over_two_bins_it_is_the_first_warning(bins: int, stale: bool) -> None:
    asked = replace(request(), end=SERIES.end + bins * SERIES.bin_seconds)
    recommendation = dated(recommend(asked), asked)
    assert recommendation.data_age_seconds == bins * SERIES.bin_seconds
    assert recommendation.warnings[0].startswith("The last known bin of 'test' ended at 2024-03-08 00:00:00") is stale


def test_without_a_moment_it_is_the_age_now() -> None:
    asked = replace(request(), end=None)
    recommendation = dated(recommend(asked), asked)
    assert recommendation.data_age_seconds is not None
    assert recommendation.data_age_seconds > 365 * 86_400
    assert "years ago: this recommendation is for then, not for now" in recommendation.warnings[0]
