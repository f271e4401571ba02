"""Sentences about who has been better than whom, no stronger than the figures are."""

from __future__ import annotations

from collections.abc import Mapping

from forecasting.evaluation.model_names import rough, sentence
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.timeseries.formatting import moment, percent
from forecasting.timeseries.timeframes import DAY, HOUR

_BEST = ", the best simple rule there"
_SMALL = 0.005
"""A difference below half a per cent is none worth a number."""


def period_of(seconds: int, end: int, time_zone: str | None, *, latest: bool) -> str:
    """`on the last 9 days` where the period is the latest, else `on the 9 days until Fri 1 Sep 1995 00:00`."""
    count, unit = (round(seconds / DAY), "day") if seconds >= 1.5 * DAY else (max(1, round(seconds / HOUR)), "hour")
    length = f"{count} {unit}s" if count != 1 else unit
    return f"on the last {length}" if latest else f"on the {length} until {moment(end, time_zone, with_year=True)}"


def versus(label: str, against: Mapping[str, Comparison | None], period: str, *, days: int) -> str:
    """How a model has done against others by label, the first of them before the period is named."""
    known = [(other, found) for other, found in against.items() if found is not None]
    parts = [_verdict(found, f"{other}{_BEST if k else ''}") for k, (other, found) in enumerate(known)]
    if not parts:
        return f"{sentence(label)} has nothing to be compared with {period}."
    doubt = "" if all(c is None or c.clear is not None for c in against.values()) else _too_few(days)
    rest = f", and {parts[1]}" if len(parts) > 1 else ""
    return f"{sentence(label)} has been {parts[0]} {period}{rest}{doubt}."


def behind(found: Comparison | None) -> str:
    """By how much the best one is better than another, with the interval of that."""
    if found is None:
        return "cannot be compared"
    share = percent(abs(found.share), 2)
    if found.clear is None:
        return f"{share}, too few days to rule out chance"
    low, high = sorted((found.low, found.high))
    interval = f"95 %: {signed(low)} to {signed(high)} %"
    return f"{share} ({interval})" if found.clear else f"not distinguishable: {share} ({interval})"


def signed(share: float) -> str:
    """A share in per cent without its unit, with a true minus: `−0.3`, `4.1`, `12`."""
    text = percent(abs(share), 2).removesuffix(" %")
    return f"−{text}" if share < 0 else text


def over_steps(name: str, metric: str, first: tuple[int, str], last: tuple[int, str]) -> str:
    """How a score changes with how far ahead a forecast is; `first` and `last` are a step and its score."""
    said = [f"{score} {'for the next bin' if step == 1 else f'{step} bins ahead'}" for step, score in (first, last)]
    return f"{name}: {metric} {', '.join(dict.fromkeys(said))}"


def over_hours(name: str, worst: tuple[int, str], best: tuple[int, str]) -> str:
    """When a model is furthest off and when closest, by the hour of day."""
    (late, large), (calm, small) = worst, best
    return f"{name} is furthest off from {late:02d}:00 on ({large}), closest from {calm:02d}:00 on ({small})"


def _verdict(found: Comparison, other: str) -> str:
    share = rough(abs(found.share))
    if found.clear is False and found.share >= _SMALL:
        return f"not clearly better than {other} ({share} better, which may be chance)"
    if found.clear is False or abs(found.share) < _SMALL:
        return f"no better than {other}"
    return f"{share} {'better' if found.share > 0 else 'worse'} than {other}"


def _too_few(days: int) -> str:
    return f" ({days} day{'' if days == 1 else 's'}: too few to rule out chance)"
