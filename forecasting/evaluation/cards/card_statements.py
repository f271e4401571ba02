"""What a model card says in sentences, no stronger than its figures: what a set is, what it is for, where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from forecasting.evaluation.cards.model_cards import CANDIDATE, SHIPPED_WITH, ModelCard, Split
from forecasting.evaluation.model_names import label_of, name_of, rough
from forecasting.evaluation.ranking.entrants import TEST
from forecasting.evaluation.ranking.leaderboard import METRIC, YESTERDAY
from forecasting.evaluation.ranking.scoring import METRIC_NAMES
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.names import base_of
from forecasting.timeseries.formatting import counted, number

FEW_DAYS = 28
"""Scored days below which small differences between models may be chance."""

SMALL_GAIN = 0.05
COVERAGE_TOLERANCE = 0.02
A_YEAR, A_FORTNIGHT = 365, 14


def summary(card: ModelCard) -> str:
    """What it learnt from, on which days it was scored, and how it stood to simple rules there."""
    return " ".join(filter(None, (origin_of(card), scored_on(card), standing(card))))


def origin_of(card: ModelCard) -> str:
    """What it learnt from and until when."""
    split = card.splits[0]
    made_up = "synthetic " if card.data.get("synthetic") else ""
    period = period_text(split.trained_from, split.trained_until)
    requests = f"{number(card.data['requests'])} {made_up}requests of {card.data['name']}"
    return f"The model set {card.name} learnt from {requests}, {period}."


def scored_on(card: ModelCard) -> str:
    """On which days it was scored, and what these were to it."""
    split = card.splits[0]
    days, period = _days(split), period_text(split.scored_from, split.scored_until)
    if split.scored_on == TEST:
        return f"It was tested on {days} that it had not seen, {period}."
    return (
        f"It was never tested: its scores are of its last {days}, {period}, forecast before it learnt from them. They "
        "also chose how long to learn and how wide the intervals are."
    )


def standing(card: ModelCard) -> str:
    """How its best models stood to 'same time yesterday' and to the best simple rule, over all its timeframes."""
    trained = [gain for gain in card.gains if gain.model in MAIN_MODELS]
    gains, what = (trained, "model") if trained else (card.gains, "simple rule")
    yesterday = _spread([gain.over_yesterday for gain in gains])
    rule = _spread([gain.over_rule for gain in gains]) if trained else ""
    parts = [f"{yesterday} than {label_of(YESTERDAY)}" if yesterday else ""]
    parts.append(f"{rule} than the best simple rule" if rule else "")
    if not any(parts):
        best = _listed(list(dict.fromkeys(label_of(gain.model) for gain in gains)))
        return f"The best {what} there was {best}."
    steps = card.steps(gains[0].timeframe)
    bins = f"{METRIC_NAMES[METRIC]}, {_ahead(steps)}"
    several = f", depending on the bin ({bins})" if len(gains) > 1 else f" ({bins})"
    return f"Its best {what} was {' and '.join(filter(None, parts))} there{several}."


def gain_text(card: ModelCard, timeframe: str) -> str:
    """How the best model of one timeframe stands to simple rules; empty where nothing was scored."""
    gain = next((gain for gain in card.gains if gain.timeframe == timeframe), None)
    if gain is None:
        return ""
    pairs = [(gain.over_yesterday, YESTERDAY, "")]
    pairs += [(gain.over_rule, gain.rule, ", the best simple rule")] if gain.rule != YESTERDAY else []
    parts = [f"{_better(share)} than {label_of(rule)}{best}" for share, rule, best in pairs if share is not None]
    how = " and ".join(parts) or "the best there is"
    return f"At {timeframe} {label_of(gain.model)} is {how} ({METRIC_NAMES[METRIC]}, {_ahead(card.steps(timeframe))})."


def uses(card: ModelCard) -> tuple[str, ...]:
    """What the set is for."""
    bins = _listed(card.timeframes)
    return (
        f"Forecasts requests per bin of {bins}, 1 to {MAX_HORIZON} bins ahead, as a mean and quantiles: to start "
        "replicas before the traffic comes, and to see what comes next.",
        _used_by(card),
    )


def limits(card: ModelCard) -> tuple[str, ...]:
    """What the set does not know and where it is weak, the weightiest first."""
    found: Iterable[Callable[[ModelCard], str | Sequence[str]]] = (
        _few_days,
        _made_up,
        _small_gains,
        _coverage,
        _own_traffic,
        _seasons,
        _horizon,
        _unseen_causes,
        _clock,
    )
    said = [sentences if isinstance(sentences := one(card), str) else " ".join(sentences) for one in found]
    return tuple(filter(None, said))


def period_text(start: datetime, end: datetime) -> str:
    """A span of wall time, its end excluded, by its first and last day: `1 Jul to 22 Aug 1995`; a short one in full."""
    if end - start < timedelta(days=1):
        return f"{day_text(start)} {start:%H:%M} to {day_text(end)} {end:%H:%M}"
    last = end - timedelta(seconds=1)
    if last.date() == start.date():
        return day_text(start)
    same = [start.year == last.year, start.month == last.month]
    first = f"{start.day}" if all(same) else f"{start.day} {start:%b}" if same[0] else day_text(start)
    return f"{first} to {day_text(last)}"


def day_text(day: datetime) -> str:
    """`1 Jul 1995`."""
    return f"{day.day} {day:%b %Y}"


def _days(split: Split) -> str:
    days = split.scored_days
    return counted(int(days), "day") if days == int(days) else f"{number(days)} days"


def _few_days(card: ModelCard) -> str:
    split = card.splits[0]
    if split.scored_days >= FEW_DAYS:
        return ""
    what = "test" if split.scored_on == TEST else "validation"
    days = number(split.scored_days)
    return (
        f"{days} {what} day{' is' if days == '1' else 's are'} few: a difference of some per cent between two models "
        "may be chance, and one odd day moves every figure."
    )


def _made_up(card: ModelCard) -> str:
    return (
        "It learnt from synthetic traffic: its figures say little about real traffic."
        if card.data.get("synthetic")
        else ""
    )


def _small_gains(card: ModelCard) -> list[str]:
    """Where a model hardly pays beside the best simple rule."""
    small = [g for g in card.gains if g.model in MAIN_MODELS and g.over_rule is not None and g.over_rule < SMALL_GAIN]
    return [
        f"At {g.timeframe} its best model is no better than {label_of(g.rule)}."
        if g.over_rule <= 0
        else f"At {g.timeframe} its best model is only {rough(g.over_rule)} better than {label_of(g.rule)}."
        for g in small
    ]


def _coverage(card: ModelCard) -> list[str]:
    """Where the 80 % intervals of trained models hold clearly more or less than they promise."""
    said = []
    for timeframe in card.timeframes:
        held = {model: row.get("coverage_80") for model, row in card.scores(timeframe).items() if model in MAIN_MODELS}
        off = {m: h for m, h in held.items() if h is not None and abs(h - 0.8) > COVERAGE_TOLERANCE}
        for narrow, word in ((True, "narrow"), (False, "wide")):
            models = {model: share for model, share in off.items() if (share < 0.8) == narrow}
            if models:
                shares = _listed([f"{rough(share)} ({name_of(model)})" for model, share in models.items()])
                said.append(f"At {timeframe} the 80 % interval is too {word}: it held {shares}.")
    return said


def _used_by(card: ModelCard) -> str:
    if card.kind == CANDIDATE:
        return f"It waits to be used in place of {base_of(card.name)}: until then nothing uses it unless it is named."
    if card.kind == SHIPPED_WITH:
        return "It is used for every data set that no set was trained on here, unless another set is named."
    return f"It is used for {card.data['name']}, whose days it knows by their counts, unless another set is named."


def _own_traffic(card: ModelCard) -> str:
    return (
        "Any other traffic is forecast zero-shot: relative to its recent level, with the habits of the traffic learnt "
        "from. A warning says so; train a set on your own traffic and compare."
    )


def _seasons(card: ModelCard) -> str:
    if card.days >= 2 * A_YEAR:
        return ""
    length = counted(int(card.days), "day") if card.days < A_YEAR else f"{number(card.days / A_YEAR)} years"
    week = " and hardly a week" if card.days < A_FORTNIGHT else ""
    return f"It learnt from {length} of one service: it has seen no season of the year{week} come again."


def _horizon(card: ModelCard) -> str:
    steps = {step for timeframe in card.timeframes for step in card.steps(timeframe)}
    if not steps or max(steps) >= MAX_HORIZON:
        return ""
    return f"It was scored {_ahead(sorted(steps))}. It forecasts up to {MAX_HORIZON}, of which no figure here tells."


def _unseen_causes(card: ModelCard) -> str:
    return (
        "It sees counts, the time of day and the weekday: no holiday, launch, campaign or fault before the counts show "
        "it, and nothing of how heavy a request is."
    )


def _clock(card: ModelCard) -> str:
    if card.data.get("time_zone"):
        return ""
    return "Its data name no time zone: hours are those that stood in the data."


def _spread(shares: Sequence[float | None]) -> str:
    """From the least to the most, in words: `2.3 to 40 % better`."""
    known = sorted(share for share in shares if share is not None)
    if not known:
        return ""
    ends = [_better(share) for share in (known[0], known[-1])]
    if ends[0] == ends[1]:
        return ends[0]
    (low, low_word), (high, high_word) = (end.rsplit(" ", 1) for end in ends)
    if low_word != high_word:
        return f"from {ends[0]} to {ends[1]}"
    if known[0] < 0:
        low, high = high, low
    return f"{low.removesuffix(' %')} to {high} {low_word}"


def _better(share: float) -> str:
    return f"{rough(abs(share))} {'better' if share >= 0 else 'worse'}"


def _ahead(steps: Sequence[int]) -> str:
    if not steps:
        return "all bins ahead"
    return f"{steps[0]} to {steps[-1]} bins ahead" if len(steps) > 1 else f"{counted(steps[0], 'bin')} ahead"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
