"""Forecastability: whether traffic can be forecast. Three out-of-sample figures that need no trained model.

1. Explained share: the reduction of the variance of a day's bins by the expectation made before the day (see
   `expectation`): 1 - MSE / variance, over every day with at least seven known days before it (three if the series is
   shorter than two weeks). 0 if it is no better than the plain mean.
2. Noise share: the variance that no forecast from counts alone can explain. A straight line is removed within blocks of
   neighbouring bins (12, two hours at most); the remainder counts as noise. Its square root is the noise floor in
   requests; the variance over the mean is the index of dispersion, 1 for Poisson arrivals. On the last nine days of
   NASA-HTTP the floor is 1 % (1m, 5m) and 7 % (15m) below the error of interpolation from both sides. None for bins
   above 30 minutes, which have no local neighbourhood.
3. Skill one hour ahead (one bin if bins are longer): the reduction of the root mean square error against two rivals
   without a calendar: the last bin, and the best trailing mean. The forecast is the expectation plus the excess of the
   last hour and of the last six hours over it, weighted by least squares. Weights and the window of the best trailing
   mean are chosen on the first half of the days, errors are counted on the second; no forecast crosses midnight,
   because the next day's expectation uses bins after the origin. Pure noise also has skill over the last bin (0.29, as
   any mean has), so the verdict requires skill over the trailing mean.

The verdict depends on the explained share of the variance that is not noise (at least a fifth of the variance counts as
explainable, so that noise alone never looks explained): `WORTH_FROM` or more is worth forecasting, `SOMEWHAT_FROM` or
more somewhat, less is hardly. Without skill over the trailing mean it is hardly, whatever the share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.chart_data.averages import RunningSums
from forecasting.analysis.expectation import Expectation, calendar_expectation
from forecasting.analysis.ranges import bin_minutes, shown
from forecasting.forecasters.nan_filters import last_known
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import number, percent
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

WORTH_FROM = 0.5
SOMEWHAT_FROM = 0.2
LEAST_EXPLAINABLE = 0.2

WORTH, SOMEWHAT, HARDLY, TOO_SHORT = "worth forecasting", "somewhat", "hardly", "too short to tell"

MOST_DAYS = 400
"""Of a longer series only the last days count."""

MIN_DAYS = 4
PAST_DAYS, PAST_DAYS_IF_SHORT, SHORT_DAYS = 7, 3, 14
MIN_SCORED_BINS = 24
MIN_SKILL_DAYS = 4
"""The least days with forecasts (half for tuning, half for evaluation) for a skill to be stated."""

BLOCK_BINS, BLOCK_SECONDS, MIN_BLOCK_BINS, MIN_BLOCKS = 12, 2 * HOUR, 4, 20
ORIGIN_SECONDS = 5 * MINUTE
"""The distance between origins of forecasts one hour ahead (every bin if bins are longer)."""

NOISE_STATED_FROM, SENTENCE_DIGITS = 0.005, 2
"""The least noise share that the sentence states, and the digits of its shares, which match their precision."""

RESIDUAL_WINDOWS = (HOUR, 6 * HOUR)
LEVEL_WINDOWS = (30 * MINUTE, HOUR, 3 * HOUR, DAY)
"""The trailing means to choose from, besides the last bin."""


@dataclass(frozen=True)
class Noise:
    """`share` of the variance, its root in requests per minute, and variance over mean in requests per bin."""

    share: float
    floor_requests_per_minute: float
    dispersion_index: float


@dataclass(frozen=True)
class Skill:
    """1 - RMSE / RMSE of a rival, one forecast every five minutes or bin, `lead_seconds` ahead; below 0 is worse."""

    lead_seconds: int
    over_last_bin: float | None
    over_trailing_mean: float | None
    trailing_seconds: int


@dataclass(frozen=True)
class Forecastability:
    """The verdict and the figures behind it; None if too little is known.

    `explained_share` of the variance of requests per bin, over `scored_days` days from wall time `scored_from` on;
    `explained_of_explainable` is that share of what is not noise. At least `MIN_DAYS` of `known_days` are needed.
    """

    verdict: str
    explained_share: float | None
    explained_of_explainable: float | None
    noise: Noise | None
    skill: Skill | None
    known_days: float
    scored_days: int
    scored_from: str | None
    is_constant: bool

    def sentence(self, of: str = "the variation") -> str:
        """Return the verdict as one sentence about `of`."""
        if self.is_constant:
            return "The rate is constant: there is nothing to forecast."
        if self.explained_share is None:
            days = number(self.known_days, 2)
            return f"{days} known day{'' if days == '1' else 's'}: too few to tell whether it can be forecast."
        noise = ""
        if self.noise is not None and self.noise.share >= NOISE_STATED_FROM:
            noise = f", {percent(self.noise.share, SENTENCE_DIGITS)} is noise"
        ending = self.verdict if self.verdict == WORTH else f"{self.verdict} {WORTH}"
        explained = percent(self.explained_share, SENTENCE_DIGITS)
        return f"Time of day and weekday explain {explained} of {of}{noise}: {ending}."


def forecastability(series: Series, first: int = 0, end: int | None = None) -> Forecastability:
    """Return whether the bins in range can be forecast from time of day and weekday; reliable from a few weeks on."""
    bins = shown(series, first, end)
    start = max(bins.start, bins.stop - MOST_DAYS * series.bins_per_day)
    part = series.slice(start, bins.stop)
    counts = part.requests_count
    known = ~np.isnan(counts)
    known_days = float(np.count_nonzero(known)) * series.bin_seconds / DAY
    is_constant = known_days >= MIN_DAYS and bool(np.ptp(counts[known]) == 0)
    expectation = calendar_expectation(part)
    scored = _scored(part, expectation)
    explained = _explained_share(counts[scored], expectation.requests_per_bin[scored])
    skill = None if explained is None else hour_ahead_skill(part, expectation, scored)
    noise = noise_of(part)
    of_explainable = None if explained is None else _of_explainable(explained, noise)
    days = np.unique(expectation.day[scored])
    return Forecastability(
        verdict=HARDLY if is_constant else _verdict(of_explainable, skill),
        explained_share=explained,
        explained_of_explainable=of_explainable,
        noise=noise,
        skill=skill,
        known_days=known_days,
        scored_days=len(days) if explained is not None else 0,
        scored_from=None if explained is None else _time_of(part, int(np.argmax(scored))),
        is_constant=is_constant,
    )


def noise_of(series: Series) -> Noise | None:
    """Return the noise within blocks; None for bins above 30 minutes, too few complete blocks or no variation."""
    length = min(BLOCK_BINS, BLOCK_SECONDS // series.bin_seconds)
    counts = series.requests_count
    if length < MIN_BLOCK_BINS:
        return None
    blocks = counts[: len(counts) // length * length].reshape(-1, length)
    blocks = blocks[~np.isnan(blocks).any(axis=1)]
    if len(blocks) < MIN_BLOCKS or blocks.mean() == 0 or np.nanvar(counts) == 0:
        return None
    line = np.arange(length) - (length - 1) / 2
    line = line / np.sqrt((line**2).sum())
    deviations = blocks - blocks.mean(axis=1, keepdims=True)
    left = (deviations**2).sum() - ((deviations @ line) ** 2).sum()
    variance = max(0.0, float(left)) / (len(blocks) * (length - 2))
    share = min(1.0, variance / float(np.nanvar(counts)))
    return Noise(share, variance**0.5 / bin_minutes(series), variance / float(blocks.mean()))


def hour_ahead_skill(series: Series, expectation: Expectation, scored: np.ndarray) -> Skill | None:
    """Return the skill one hour ahead at the bins `scored` (bins,) bool; None with fewer than `MIN_SKILL_DAYS` days."""
    ahead = max(1, HOUR // series.bin_seconds)
    stride = max(1, ORIGIN_SECONDS // series.bin_seconds)
    origins = np.arange(0, len(series) - ahead, stride)
    counts, expected = series.requests_count, expectation.requests_per_bin
    windows = [max(1, seconds // series.bin_seconds) for seconds in LEVEL_WINDOWS]
    sums, rest = RunningSums.of(counts), RunningSums.of(counts - expected)
    levels = np.stack([last_known(counts)[origins], *(sums.trailing(origins, window) for window in windows)])
    above = np.stack([rest.trailing(origins, max(1, s // series.bin_seconds)) for s in RESIDUAL_WINDOWS])
    targets = origins + ahead
    is_same_day = expectation.day[origins + 1] == expectation.day[targets]
    good = scored[targets] & is_same_day & ~np.isnan(levels).any(axis=0) & ~np.isnan(above).any(axis=0)
    days = np.unique(expectation.day[targets[good]])
    if len(days) < MIN_SKILL_DAYS:
        return None
    is_late = expectation.day[targets] >= days[len(days) // 2]
    fit, test = good & ~is_late, good & is_late
    weights = np.linalg.lstsq(above[:, fit].T, (counts - expected)[targets[fit]], rcond=None)[0]
    forecast = np.maximum(expected[targets] + weights @ above, 0.0)
    best = int(np.argmin([_rmse(level[fit], counts[targets[fit]]) for level in levels]))
    actual, error = counts[targets[test]], _rmse(forecast[test], counts[targets[test]])
    return Skill(
        ahead * series.bin_seconds,
        _skill(error, _rmse(levels[0][test], actual)),
        _skill(error, _rmse(levels[best][test], actual)),
        series.bin_seconds * (1, *windows)[best],
    )


def _scored(series: Series, expectation: Expectation) -> np.ndarray:
    """Return the bins (bins,) bool that are known, expected, and of a day with enough known days before it."""
    least = PAST_DAYS if expectation.past_days[-1] >= SHORT_DAYS else PAST_DAYS_IF_SHORT
    enough = (expectation.past_days >= least)[expectation.day]
    return enough & ~np.isnan(series.requests_count) & ~np.isnan(expectation.requests_per_bin)


def _explained_share(actual: np.ndarray, expected: np.ndarray) -> float | None:
    variance = float(actual.var()) if len(actual) >= MIN_SCORED_BINS else 0.0
    return max(0.0, 1.0 - float(np.mean((actual - expected) ** 2)) / variance) if variance > 0 else None


def _of_explainable(explained: float, noise: Noise | None) -> float:
    explainable = 1.0 - noise.share if noise else 1.0
    return min(1.0, explained / max(explainable, LEAST_EXPLAINABLE))


def _verdict(share: float | None, skill: Skill | None) -> str:
    if share is None:
        return TOO_SHORT
    has_no_skill = skill is not None and skill.over_trailing_mean is not None and skill.over_trailing_mean <= 0
    if share < SOMEWHAT_FROM or has_no_skill:
        return HARDLY
    return WORTH if share >= WORTH_FROM else SOMEWHAT


def _rmse(forecast: np.ndarray, actual: np.ndarray) -> float:
    return float(np.sqrt(np.mean((forecast - actual) ** 2)))


def _skill(error: float, rival: float) -> float | None:
    return 1.0 - error / rival if rival > 0 else None


def _time_of(series: Series, position: int) -> str:
    return wall_text(series.start + position * series.bin_seconds, series.time_zone)
