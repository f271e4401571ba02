"""What a list of data sets says about each beyond its facts: whether it is live, and which models learnt from it."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting import model_sets
from forecasting.catalog import DatasetInfo
from forecasting.series import Series
from forecasting.settings import Settings
from forecasting.timeframes import HOUR, bin_seconds_of
from forecasting.transforms import resample

LIVE_BINS, LIVE_SECONDS = 2, HOUR
"""A data set is live while its last bin ended at most so many bins, or so many seconds, ago: the longer of both."""


@dataclass(frozen=True)
class Freshness:
    """How old the end of a data set is; below 0 where it lies ahead. Synthetic data is never live."""

    age_seconds: int
    is_live: bool


def freshness(info: DatasetInfo, now: int) -> Freshness:
    """How fresh a data set is at `now` (absolute seconds; one without a time zone is taken to be in UTC)."""
    age = now - info.end
    allowed = max(LIVE_BINS * info.bin_seconds, LIVE_SECONDS)
    return Freshness(age, not info.synthetic and -info.bin_seconds <= age <= allowed)


def sets_trained_on(series: Series, settings: Settings, *, candidates: bool = False) -> dict[str, list[str]]:
    """The timeframes by model set of the sets that were trained on this very series, whatever it is called now.

    A set knows a series by the fingerprints of its training days (`Series.day_hashes`). Candidates that wait to be
    accepted are left out, or with `candidates` are all that is given. Raises NotReady where a card cannot be read.
    """
    hashes: dict[str, dict[str, str]] = {}
    found: dict[str, list[str]] = {}
    for name in model_sets.set_names(settings):
        if model_sets.is_candidate(name) != candidates:
            continue
        for timeframe, known in model_sets.card_of(name, settings)["data"]["day_hashes"].items():
            if timeframe not in hashes:
                hashes[timeframe] = _day_hashes(series, bin_seconds_of(timeframe))
            if model_sets.shares_a_day(hashes[timeframe], known):
                found.setdefault(name, []).append(timeframe)
    return found


def _day_hashes(series: Series, bin_seconds: int) -> dict[str, str]:
    """The fingerprint in another timeframe; empty where the series cannot be had in it, or is not one bin long."""
    if bin_seconds % series.bin_seconds or len(series) * series.bin_seconds < 2 * bin_seconds:
        return {}
    return resample(series, bin_seconds).day_hashes()
