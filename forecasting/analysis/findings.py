"""The text of each part of an overview: a title that states the finding, a sentence, and why a chart is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.analysis.correlation import Correlations
from forecasting.analysis.distribution import Distribution
from forecasting.analysis.forecastability import MIN_DAYS, SENTENCE_DIGITS, WORTH, Forecastability
from forecasting.analysis.overview import Overview
from forecasting.analysis.rhythms import FLAT_BELOW, WeekHours
from forecasting.timeseries.formatting import change, counted, duration, moment, number, percent
from forecasting.timeseries.timeframes import DAY, HOUR

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CORRELATED_FROM = 0.3
"""A weaker correlation is not stated in a title."""

ENOUGH = "The history is long enough for every feature."
DAYS_FOR_DAY_LAG, DAYS_FOR_WEEK_LAG = 4, 28
"""The largest lag is a quarter of the range."""


@dataclass(frozen=True)
class Finding:
    """`title` states the finding or names the part; `missing` says why there is no chart, else None."""

    title: str
    sentence: str | None = None
    missing: str | None = None


@dataclass(frozen=True)
class Findings:
    """The findings of an overview, part by part."""

    traffic: Finding
    forecastability: Finding
    week: Finding
    day: Finding
    distribution: Finding
    autocorrelation: Finding
    correlations: Finding
    quality: Finding


def findings_of(overview: Overview) -> Findings:
    """Return the findings of an overview."""
    nothing = _nothing_known(overview)
    return Findings(
        traffic=_traffic(overview, nothing),
        forecastability=_forecastability(overview.forecastability),
        week=_week(overview.week_hours, nothing),
        day=_day(overview, nothing),
        distribution=_distribution(overview.distribution, nothing),
        autocorrelation=_autocorrelation(overview, nothing),
        correlations=_correlations(overview.correlations, nothing),
        quality=_quality(overview),
    )


def _nothing_known(overview: Overview) -> str | None:
    if overview.facts.known_bins:
        return None
    return f"This range has no known bin: {_all(overview.facts.bins)} unknown. Choose a longer range or another one."


def _all(bins: int) -> str:
    return "its only bin is" if bins == 1 else f"all {bins:,} bins are"


def _traffic(overview: Overview, nothing: str | None) -> Finding:
    facts = overview.facts
    if nothing:
        return Finding("Requests over time", missing=nothing)
    peak = number(facts.peak_requests_per_minute)
    if facts.peak_to_mean is None or facts.peak_second is None:
        return Finding("No requests in this range")
    if facts.known_bins == 1:
        return Finding(f"One bin: {peak} requests/min")
    if _is_constant(overview):
        return Finding(f"Always {peak} requests/min")
    when = moment(facts.peak_second, overview.time_zone)
    return Finding(f"Highest on {when}: {peak} requests/min, {number(facts.peak_to_mean, 2)} x the mean")


def _is_constant(overview: Overview) -> bool:
    levels = overview.distribution.quantiles_requests_per_minute
    return overview.facts.known_bins > 1 and levels[0] == overview.facts.peak_requests_per_minute


def _forecastability(forecast: Forecastability) -> Finding:
    if forecast.explained_share is None:
        short = f"This takes at least {MIN_DAYS} known days; this series has {number(forecast.known_days, 2)}."
        why = "A constant series has no variation to explain." if forecast.is_constant else short
        return Finding(forecast.sentence(), missing=why)
    skill = forecast.skill
    if skill is None or skill.over_last_bin is None or skill.over_trailing_mean is None:
        return Finding(_explained(forecast))
    ahead = f"{duration(skill.lead_seconds)} ahead, a forecast from time of day, weekday and the last hours is"
    last = _better(skill.over_last_bin)
    mean = f"{_better(skill.over_trailing_mean)} than the mean of the last {duration(skill.trailing_seconds)}"
    return Finding(_explained(forecast), f"{ahead} {last} than the last value and {mean}.")


def _explained(forecast: Forecastability) -> str:
    ending = forecast.verdict if forecast.verdict == WORTH else f"{forecast.verdict} {WORTH}"
    explained = percent(forecast.explained_share, SENTENCE_DIGITS)
    return f"Time of day and weekday explain {explained} of the variation: {ending}"


def _better(skill: float) -> str:
    return f"{percent(abs(skill), SENTENCE_DIGITS)} {'better' if skill >= 0 else 'worse'}"


def _week(week: WeekHours, nothing: str | None) -> Finding:
    title, rates = "Requests by weekday and hour", week.mean_requests_per_minute
    if nothing:
        return Finding(title, missing=nothing)
    known = ~np.isnan(rates)
    if week.bin_seconds > HOUR or known.sum() < 2:
        return Finding(title, _known_days(known))
    (high, high_at), (low, low_at) = _extreme(rates, np.nanargmax), _extreme(rates, np.nanargmin)
    if high == 0 or (low > 0 and high / low < FLAT_BELOW):
        return Finding("No hour of the week stands out", _known_days(known))
    quietest = (
        f"{number(high / low, 2)} x the quietest hour, {low_at} ({number(low)})" if low > 0 else f"none on {low_at}"
    )
    sentence = f"{number(high)} requests/min on average, {quietest}."
    return Finding(f"Busiest: {high_at}", " ".join(filter(None, [sentence, _known_days(known)])))


def _extreme(rates: np.ndarray, pick: Callable[[np.ndarray], int]) -> tuple[float, str]:
    """Return the rate at the position that `pick` returns, and its time: `Tuesday 14:00`."""
    day, hour = divmod(int(pick(rates)), rates.shape[1])
    return float(rates[day, hour]), f"{WEEKDAYS[day]} {hour:02d}:00"


def _known_days(known: np.ndarray) -> str | None:
    """Name the weekdays without known bins."""
    absent = [name for name, day in zip(WEEKDAYS, known, strict=True) if not day.any()]
    if not absent:
        return None
    if len(absent) > len(WEEKDAYS) / 2:
        present = [name for name in WEEKDAYS if name not in absent]
        return f"This range has only {_listed(present)}."
    return f"{_listed(absent)} {'has' if len(absent) == 1 else 'have'} no known bins."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _day(overview: Overview, nothing: str | None) -> Finding:
    title, clause = "Daily profile", overview.rhythm.clause
    if nothing or overview.bin_seconds >= DAY:
        return Finding(title, missing=nothing or "Bins of a day have no daily profile.")
    return Finding(clause[0].upper() + clause[1:] if clause else title, _weekend(overview))


def _weekend(overview: Overview) -> str | None:
    ratio = overview.rhythm.weekend_to_weekday
    if ratio is not None:
        than = change(ratio - 1, "more requests than", "fewer requests than").replace("the same", "as many requests as")
        return f"A weekend day has {than} a weekday."
    profiles = {"weekday": overview.day_profiles.weekdays, "weekend day": overview.day_profiles.weekends}
    absent = [name for name, profile in profiles.items() if not profile.known_bins.any()]
    return f"This range has no {absent[0]}." if absent else None


def _distribution(distribution: Distribution, nothing: str | None) -> Finding:
    if nothing:
        return Finding("Distribution of the request rate", missing=nothing)
    at = dict(zip(distribution.levels, distribution.quantiles_requests_per_minute.tolist(), strict=True))
    if at[0.05] == at[0.999]:
        return Finding(f"Almost always {number(at[0.5])} requests/min")
    sentence = f"One bin in 20 is above {number(at[0.95])}, one in 100 above {number(at[0.99])} requests/min."
    if distribution.bins_above:
        sentence += f" {counted(distribution.bins_above, 'bin').capitalize()} above the last bar."
    title = f"Between {number(at[0.25])} and {number(at[0.75])} requests/min half of the time"
    return Finding(title if at[0.25] < at[0.75] else f"{number(at[0.5])} requests/min half of the time", sentence)


def _autocorrelation(overview: Overview, nothing: str | None) -> Finding:
    lags, title = overview.autocorrelation, "Autocorrelation of requests"
    missing = nothing or _no_autocorrelation(overview)
    if missing:
        return Finding(title, missing=missing)
    if lags.at_day is None:
        days = f"{DAYS_FOR_DAY_LAG} days in the range, a lag of a week {DAYS_FOR_WEEK_LAG}"
        return Finding(title, f"A lag of a day needs at least {days}.")
    sentence = (
        None if lags.at_week is not None else f"A lag of a week needs at least {DAYS_FOR_WEEK_LAG} days in the range."
    )
    values = {"the day before": lags.at_day, "the week before": lags.at_week}
    return Finding(_resemblance({name: value for name, value in values.items() if value is not None}), sentence)


def _resemblance(lags: dict[str, float]) -> str:
    """Compare the lags: `Resembles the week before (0.57) more than the day before (0.50)`."""
    best = max(lags, key=lags.__getitem__)
    texts = {name: number(value, 2) for name, value in lags.items()}
    others = [name for name in lags if name != best]
    if lags[best] < CORRELATED_FROM:
        return f"Hardly resembles {best} ({texts[best]})" + "".join(f" or {name} ({texts[name]})" for name in others)
    more = "as much as" if others and texts[others[0]] == texts[best] else "more than"
    return f"Resembles {best} ({texts[best]})" + "".join(f" {more} {name} ({texts[name]})" for name in others)


def _no_autocorrelation(overview: Overview) -> str | None:
    if not np.isnan(overview.autocorrelation.correlation[1:]).all():
        return None
    if _is_constant(overview):
        return "Requests are constant in this range, so the autocorrelation is undefined."
    return f"The range is too short: the largest lag is a quarter of its {counted(overview.facts.bins, 'bin')}."


def _correlations(correlations: Correlations, nothing: str | None) -> Finding:
    title = "Correlation between columns"
    missing = nothing or _no_correlations(correlations)
    if missing:
        return Finding(title, missing=missing)
    row = correlations.correlation[correlations.labels.index("requests")]
    pairs = {name: float(value) for name, value in zip(correlations.labels, row, strict=True) if name != "requests"}
    strong = {name: value for name, value in pairs.items() if abs(value) >= CORRELATED_FROM}
    best = sorted(strong, key=lambda name: abs(strong[name]), reverse=True)[:2]
    left_out = ", ".join(f"{name} ({why})" for name, why in correlations.left_out.items())
    sentence = f"Left out: {left_out}." if left_out else None
    if not best:
        return Finding("Requests are not correlated with any other column", sentence)
    columns = " and ".join(f"{name} ({number(strong[name], 2)})" for name in best)
    return Finding(f"Requests are correlated with {columns}", sentence)


def _no_correlations(correlations: Correlations) -> str | None:
    if "requests" in correlations.left_out:
        return f"Requests cannot be correlated with anything in this range: {correlations.left_out['requests']}."
    return None if len(correlations.labels) > 1 else "Only requests vary in this range."


def _quality(overview: Overview) -> Finding:
    state = overview.quality
    outages = _with_length("outage", len(state.outages), sum(outage.seconds for outage in state.outages))
    gaps = _with_length("gap", state.gap_count, state.gap_seconds)
    known = f"{percent(state.known_share)} of bins known" if state.unknown_bins else "every bin known"
    short = [need.sentence for need in state.needs if not need.is_met]
    return Finding(f"Data quality: {outages}, {gaps}, {known}", " ".join(short) or ENOUGH)


def _with_length(thing: str, count: int, seconds: int) -> str:
    """Return `two outages (5 d in all)`."""
    lasting = f" ({duration(seconds)}{' in all' if count > 1 else ''})" if count else ""
    return counted(count, thing) + lasting
