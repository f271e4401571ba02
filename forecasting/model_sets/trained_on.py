"""Which model sets were trained on a series."""

from __future__ import annotations

from forecasting import model_sets
from forecasting.forecasters.fitted_model import shares_a_day
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of


def sets_trained_on(series: Series, settings: Settings, *, candidates: bool = False) -> dict[str, list[str]]:
    """Return the timeframes, by model set, of the sets trained on this very series, whatever its name.

    A set identifies a series by the fingerprints of its training days (`Series.day_hashes`). Without `candidates` the
    result excludes candidates, with it the result has only candidates. Damaged sets are left out (`broken_sets`).
    """
    hashes: dict[str, dict[str, str]] = {}
    timeframes: dict[str, list[str]] = {}
    for name, card in model_sets.cards_of(settings).items():
        if model_sets.is_candidate(name) != candidates:
            continue
        for timeframe, known in card["data"]["day_hashes"].items():
            if timeframe not in hashes:
                hashes[timeframe] = _day_hashes(series, bin_seconds_of(timeframe))
            if shares_a_day(hashes[timeframe], known):
                timeframes.setdefault(name, []).append(timeframe)
    return timeframes


def _day_hashes(series: Series, bin_seconds: int) -> dict[str, str]:
    """Return the fingerprint in another timeframe; empty if the series cannot be resampled to it or is too short."""
    if bin_seconds % series.bin_seconds or len(series) * series.bin_seconds < 2 * bin_seconds:
        return {}
    return resample(series, bin_seconds).day_hashes()
