"""Sentences that compare models, never stronger than the figures."""

from __future__ import annotations

from collections.abc import Mapping

from forecasting.evaluation.model_names import capitalized, short_percent
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.timeseries.formatting import moment, percent
from forecasting.timeseries.timeframes import DAY, HOUR

_BEST = ", the best simple rule"
_SMALL = 0.005
"""A smaller difference is not stated as a number."""


def period_of(seconds: int, end: int, time_zone: str | None, *, latest: bool) -> str:
    """Return `over the last 9 days` for the latest period, else `over the 9 days to Fri 1 Sep 1995 00:00`."""
    count, unit = (round(seconds / DAY), "day") if seconds >= 1.5 * DAY else (max(1, round(seconds / HOUR)), "hour")
    length = f"{count} {unit}s" if count != 1 else unit
    return f"over the last {length}" if latest else f"over the {length} to {moment(end, time_zone, with_year=True)}"


def versus(label: str, against: Mapping[str, Comparison | None], period: str, *, days: int) -> str:
    """Return how a model compares with others by label over a period."""
    known = [(other, comparison) for other, comparison in against.items() if comparison is not None]
    parts = [_verdict(comparison, f"{other}{_BEST if k else ''}") for k, (other, comparison) in enumerate(known)]
    if not parts:
        return f"{capitalized(label)} cannot be compared with another model {period}."
    doubt = "" if all(c is None or c.clear is not None for c in against.values()) else _too_few(days)
    rest = f", and {parts[1]}" if len(parts) > 1 else ""
    return f"{capitalized(label)} has been {parts[0]} {period}{rest}{doubt}."


def behind(comparison: Comparison | None) -> str:
    """Return how much better the best model is than another, with the 95 % interval."""
    if comparison is None:
        return "not comparable"
    share = percent(abs(comparison.share), 2)
    if comparison.low is None or comparison.high is None:
        return f"{share}, too few days to rule out chance"
    low, high = sorted((comparison.low, comparison.high))
    interval = f"95 %: {signed(low)} to {signed(high)} %"
    return f"{share} ({interval})" if comparison.clear else f"not distinguishable: {share} ({interval})"


def signed(share: float) -> str:
    """Return a share in per cent without its unit, with a true minus: `−0.3`, `4.1`, `12`."""
    text = percent(abs(share), 2).removesuffix(" %")
    return f"−{text}" if share < 0 else text


def over_steps(name: str, metric: str, first: tuple[int, str], last: tuple[int, str]) -> str:
    """Return how a score changes with the lead time; `first` and `last` are a step and its score."""
    parts = [f"{score} at step {step}" for step, score in (first, last)]
    return f"{name}: {metric} {', '.join(dict.fromkeys(parts))}"


def over_hours(name: str, worst: tuple[int, str], best: tuple[int, str]) -> str:
    """Return the hours of day with a model's largest and smallest error."""
    (worst_hour, largest), (best_hour, smallest) = worst, best
    hours = f"largest error from {worst_hour:02d}:00 ({largest}), smallest from {best_hour:02d}:00 ({smallest})"
    return f"{name}: {hours}"


def _verdict(comparison: Comparison, other: str) -> str:
    share = short_percent(abs(comparison.share))
    if comparison.clear is False and comparison.share >= _SMALL:
        return f"not clearly better than {other} ({share} better, which may be chance)"
    if comparison.clear is False or abs(comparison.share) < _SMALL:
        return f"no better than {other}"
    return f"{share} {'better' if comparison.share > 0 else 'worse'} than {other}"


def _too_few(days: int) -> str:
    return f" ({days} day{'' if days == 1 else 's'}: too few to rule out chance)"
