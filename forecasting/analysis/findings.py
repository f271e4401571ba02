"""What each part of an overview says: a title that states the finding, a sentence, and why there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.analysis.correlation import Correlations
from forecasting.analysis.distribution import Distribution
from forecasting.analysis.forecastability import MIN_DAYS, SENTENCE_DIGITS, WORTH, Forecastability
from forecasting.analysis.overview_result import Overview
from forecasting.analysis.rhythms import FLAT_BELOW, WeekHours
from forecasting.timeseries.formatting import change, counted, duration, moment, number, percent
from forecasting.timeseries.timeframes import DAY, HOUR

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CORRELATED_FROM = 0.3
"""A correlation below this is not worth a title."""

ENOUGH = "There is enough of it for everything that this product does."
DAYS_FOR_DAY_LAG, DAYS_FOR_WEEK_LAG = 4, 28
"""Lags go as far as a quarter of the range."""


@dataclass(frozen=True)
class Finding:
    """`title` states what was found, or names the part; `missing` says why there is nothing to draw, else None."""

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


def findings_of(found: Overview) -> Findings:
    """What each part of an overview says."""
    nothing = _nothing_known(found)
    return Findings(
        traffic=_traffic(found, nothing),
        forecastability=_forecastability(found.forecastability),
        week=_week(found.week_hours, nothing),
        day=_day(found, nothing),
        distribution=_distribution(found.distribution, nothing),
        autocorrelation=_autocorrelation(found, nothing),
        correlations=_correlations(found.correlations, nothing),
        quality=_quality(found),
    )


def _nothing_known(found: Overview) -> str | None:
    if found.facts.known_bins:
        return None
    return f"Nothing is known in this range: {_all(found.facts.bins)} unknown. Choose a longer range or another one."


def _all(bins: int) -> str:
    return "its only bin is" if bins == 1 else f"all {bins:,} bins are"


def _traffic(found: Overview, nothing: str | None) -> Finding:
    facts = found.facts
    if nothing:
        return Finding("Requests over time", missing=nothing)
    peak = number(facts.peak_requests_per_minute)
    if facts.peak_to_mean is None:
        return Finding("No request at all in this range")
    if facts.known_bins == 1:
        return Finding(f"One bin: {peak} requests/min")
    if _is_constant(found):
        return Finding(f"Always {peak} requests/min")
    when = moment(facts.peak_second, found.time_zone)
    return Finding(f"Highest on {when}: {peak} requests/min, {number(facts.peak_to_mean, 2)} x the mean")


def _is_constant(found: Overview) -> bool:
    levels = found.distribution.quantiles_requests_per_minute
    return found.facts.known_bins > 1 and levels[0] == found.facts.peak_requests_per_minute


def _forecastability(found: Forecastability) -> Finding:
    if found.explained_share is None:
        short = f"It takes {MIN_DAYS} known days or more to tell; this series has {number(found.known_days, 2)}."
        why = "A series that never changes has no variation to explain." if found.is_constant else short
        return Finding(found.in_words(), missing=why)
    skill = found.skill
    if skill is None or skill.over_last_bin is None or skill.over_trailing_mean is None:
        return Finding(_explained(found))
    ahead = f"{duration(skill.lead_seconds)} ahead, the calendar with the last hours is"
    last = _better(skill.over_last_bin)
    mean = f"{_better(skill.over_trailing_mean)} than the mean of the last {duration(skill.trailing_seconds)}"
    return Finding(_explained(found), f"{ahead} {last} than repeating the last bin and {mean}.")


def _explained(found: Forecastability) -> str:
    ending = found.verdict if found.verdict == WORTH else f"{found.verdict} {WORTH}"
    return f"The day and week explain {percent(found.explained_share, SENTENCE_DIGITS)} of all variation: {ending}"


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
    quietest = f"{number(high / low, 2)} x the quietest, {low_at} ({number(low)})" if low > 0 else f"none on {low_at}"
    sentence = f"{number(high)} requests/min on average, {quietest}."
    return Finding(f"Busiest: {high_at}", " ".join(filter(None, [sentence, _known_days(known)])))


def _extreme(rates: np.ndarray, pick: Callable[[np.ndarray], int]) -> tuple[float, str]:
    """The rate that `pick` finds, and when: `Tuesday 14:00`."""
    day, hour = divmod(int(pick(rates)), rates.shape[1])
    return float(rates[day, hour]), f"{WEEKDAYS[day]} {hour:02d}:00"


def _known_days(known: np.ndarray) -> str | None:
    """Of which weekdays nothing is known."""
    absent = [name for name, day in zip(WEEKDAYS, known, strict=True) if not day.any()]
    if not absent:
        return None
    if len(absent) > len(WEEKDAYS) / 2:
        there = [name for name in WEEKDAYS if name not in absent]
        return f"Only {_listed(there)} {'is' if len(there) == 1 else 'are'} in this range."
    return f"Nothing is known of {_listed(absent)}."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _day(found: Overview, nothing: str | None) -> Finding:
    title, words = "The shape of a day", found.rhythm.words
    if nothing or found.bin_seconds >= DAY:
        return Finding(title, missing=nothing or "A bin is a whole day here, which has no shape to show.")
    return Finding(words[0].upper() + words[1:] if words else title, _weekend(found))


def _weekend(found: Overview) -> str | None:
    ratio = found.rhythm.weekend_to_weekday
    if ratio is not None:
        than = change(ratio - 1, "more requests than", "fewer requests than").replace("the same", "as many requests as")
        return f"A weekend day has {than} a weekday."
    profiles = {"weekday": found.day_profiles.weekdays, "weekend day": found.day_profiles.weekends}
    absent = [name for name, profile in profiles.items() if not profile.known_bins.any()]
    return f"No {absent[0]} is in this range." if absent else None


def _distribution(found: Distribution, nothing: str | None) -> Finding:
    if nothing:
        return Finding("How often which rate", missing=nothing)
    at = dict(zip(found.levels, found.quantiles_requests_per_minute.tolist(), strict=True))
    if at[0.05] == at[0.999]:
        return Finding(f"Nearly always {number(at[0.5])} requests/min")
    sentence = f"One bin in 20 is above {number(at[0.95])}, one in 100 above {number(at[0.99])} requests/min."
    if found.bins_above:
        sentence += f" {counted(found.bins_above, 'bin').capitalize()} beyond the last bar."
    title = f"Half of the time between {number(at[0.25])} and {number(at[0.75])} requests/min"
    return Finding(title if at[0.25] < at[0.75] else f"Half of the time {number(at[0.5])} requests/min", sentence)


def _autocorrelation(found: Overview, nothing: str | None) -> Finding:
    lags, title = found.autocorrelation, "How requests resemble those before"
    missing = nothing or _no_autocorrelation(found)
    if missing:
        return Finding(title, missing=missing)
    if lags.at_day is None:
        days = f"{DAYS_FOR_DAY_LAG} days in the range, one of a week {DAYS_FOR_WEEK_LAG}"
        return Finding(title, f"A lag of a day takes {days}.")
    sentence = None if lags.at_week is not None else f"A lag of a week takes {DAYS_FOR_WEEK_LAG} days in the range."
    told = {"the day before": lags.at_day, "the week before": lags.at_week}
    return Finding(_resemblance({name: value for name, value in told.items() if value is not None}), sentence)


def _resemblance(lags: dict[str, float]) -> str:
    """Which of the lags tells most: `Resembles the week before (0.57) more than the day before (0.50)`."""
    best = max(lags, key=lags.get)
    texts = {name: number(value, 2) for name, value in lags.items()}
    others = [name for name in lags if name != best]
    if lags[best] < CORRELATED_FROM:
        return f"Hardly resembles {best} ({texts[best]})" + "".join(f" or {name} ({texts[name]})" for name in others)
    more = "as much as" if others and texts[others[0]] == texts[best] else "more than"
    return f"Resembles {best} ({texts[best]})" + "".join(f" {more} {name} ({texts[name]})" for name in others)


def _no_autocorrelation(found: Overview) -> str | None:
    if not np.isnan(found.autocorrelation.correlation[1:]).all():
        return None
    if _is_constant(found):
        return "Requests never change in this range, so no lag says more than another."
    return f"The range is too short: lags go as far as a quarter of its {counted(found.facts.bins, 'bin')}."


def _correlations(found: Correlations, nothing: str | None) -> Finding:
    title = "How the columns hang together"
    missing = nothing or _no_correlations(found)
    if missing:
        return Finding(title, missing=missing)
    row = found.correlation[found.labels.index("requests")]
    pairs = {name: float(value) for name, value in zip(found.labels, row, strict=True) if name != "requests"}
    strong = {name: value for name, value in pairs.items() if abs(value) >= CORRELATED_FROM}
    best = sorted(strong, key=lambda name: abs(strong[name]), reverse=True)[:2]
    left_out = ", ".join(f"{name} ({why})" for name, why in found.left_out.items())
    sentence = f"Left out: {left_out}." if left_out else None
    if not best:
        return Finding("Requests hang together with no other column", sentence)
    told = " and ".join(f"{name} ({number(strong[name], 2)})" for name in best)
    return Finding(f"Requests go with {told}", sentence)


def _no_correlations(found: Correlations) -> str | None:
    if "requests" in found.left_out:
        return f"Requests cannot be correlated with anything in this range: {found.left_out['requests']}."
    return None if len(found.labels) > 1 else "Nothing but requests changes in this range."


def _quality(found: Overview) -> Finding:
    state = found.quality
    outages = _with_length("outage", len(state.outages), sum(outage.seconds for outage in state.outages))
    gaps = _with_length("gap", state.gap_count, state.gap_seconds)
    known = f"{percent(state.known_share)} of all bins known" if state.unknown_bins else "every bin known"
    short = [need.words for need in state.needs if not need.is_met]
    return Finding(f"Data quality: {outages}, {gaps}, {known}", " ".join(short) or ENOUGH)


def _with_length(thing: str, count: int, seconds: int) -> str:
    """`two outages (5 d in all)`."""
    lasting = f" ({duration(seconds)}{' in all' if count > 1 else ''})" if count else ""
    return counted(count, thing) + lasting
