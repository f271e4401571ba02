"""The sentences of a model card, never stronger than its figures: what a set is, its intended use and its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from forecasting.evaluation.cards.model_cards import CANDIDATE, SHIPPED_WITH, ModelCard, Split
from forecasting.evaluation.model_names import display_name, name_in_text, short_percent
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
    """Return what a set was trained on, the days it was scored on, and how it compares with simple rules there."""
    return " ".join(filter(None, (origin_of(card), scored_on(card), standing(card))))


def origin_of(card: ModelCard) -> str:
    """Return what a set was trained on, and the period."""
    split = card.splits[0]
    made_up = "synthetic " if card.data.get("synthetic") else ""
    period = period_text(split.trained_from, split.trained_until)
    requests = f"{number(card.data['requests'])} {made_up}requests of {card.data['name']}"
    return f"The model set {card.name} was trained on {requests}, {period}."


def scored_on(card: ModelCard) -> str:
    """Return the days a set was scored on, and whether they were test or validation days."""
    split = card.splits[0]
    days, period = _days(split), period_text(split.scored_from, split.scored_until)
    if split.scored_on == TEST:
        return f"It was tested on the {days} after training, {period}."
    return (
        f"It has no test days: its scores are for its last {days}, {period}, forecast before the final training "
        "included them. Early stopping and interval widths were also chosen on these days."
    )


def standing(card: ModelCard) -> str:
    """Return how its best models compare with 'same time yesterday' and the best simple rule, over all timeframes."""
    trained = [gain for gain in card.gains if gain.model in MAIN_MODELS]
    gains, kind = (trained, "model") if trained else (card.gains, "simple rule")
    yesterday = _spread([gain.over_yesterday for gain in gains])
    rule = _spread([gain.over_rule for gain in gains]) if trained else ""
    parts = [f"{yesterday} than {name_in_text(YESTERDAY)}" if yesterday else ""]
    parts.append(f"{rule} than the best simple rule" if rule else "")
    if not any(parts):
        best = _listed(list(dict.fromkeys(name_in_text(gain.model) for gain in gains)))
        return f"The best {kind} on those days was {best}."
    steps = card.steps(gains[0].timeframe)
    basis = f"{METRIC_NAMES[METRIC]}, {_ahead(steps)}"
    scope = f", depending on the bin ({basis})" if len(gains) > 1 else f" ({basis})"
    return f"On those days its best {kind} was {' and '.join(filter(None, parts))}{scope}."


def gain_text(card: ModelCard, timeframe: str) -> str:
    """Return how the best model of a timeframe compares with simple rules; empty if nothing was scored."""
    gain = next((gain for gain in card.gains if gain.timeframe == timeframe), None)
    if gain is None:
        return ""
    parts = []
    if gain.over_yesterday is not None:
        parts.append(f"{_better(gain.over_yesterday)} than {name_in_text(YESTERDAY)}")
    if gain.rule is not None and gain.rule != YESTERDAY and gain.over_rule is not None:
        parts.append(f"{_better(gain.over_rule)} than {name_in_text(gain.rule)}, the best simple rule")
    comparison = " and ".join(parts) or "the best available model"
    basis = f"{METRIC_NAMES[METRIC]}, {_ahead(card.steps(timeframe))}"
    return f"At {timeframe} {name_in_text(gain.model)} is {comparison} ({basis})."


def uses(card: ModelCard) -> tuple[str, ...]:
    """Return the intended uses of a set."""
    bins = _listed(card.timeframes)
    return (
        f"Forecasts requests per bin of {bins}, 1 to {MAX_HORIZON} steps ahead, as a mean and quantiles: to start "
        "replicas before the traffic arrives, and to see what to expect next.",
        _used_by(card),
    )


def limits(card: ModelCard) -> tuple[str, ...]:
    """Return the limits of a set, the most important first."""
    checks: Iterable[Callable[[ModelCard], str | Sequence[str]]] = (
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
    texts = [result if isinstance(result := check(card), str) else " ".join(result) for check in checks]
    return tuple(filter(None, texts))


def period_text(start: datetime, end: datetime) -> str:
    """Return a span of wall time (end excluded) as text: `1 Jul to 22 Aug 1995`; with times if under a day."""
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
    purpose = "test" if split.scored_on == TEST else "validation"
    days = number(split.scored_days)
    return (
        f"{days} {purpose} day{'' if days == '1' else 's'} is a small sample: a difference of a few per cent between "
        "two models may be chance, and one unusual day changes every figure."
    )


def _made_up(card: ModelCard) -> str:
    return (
        "It was trained on synthetic traffic: its scores say little about real traffic."
        if card.data.get("synthetic")
        else ""
    )


def _small_gains(card: ModelCard) -> list[str]:
    """Name the timeframes in which the best model hardly beats the best simple rule."""
    sentences = []
    for gain in card.gains:
        if gain.model not in MAIN_MODELS or gain.rule is None or gain.over_rule is None or gain.over_rule >= SMALL_GAIN:
            continue
        better = "no" if gain.over_rule <= 0 else f"only {short_percent(gain.over_rule)}"
        sentences.append(f"At {gain.timeframe} its best model is {better} better than {name_in_text(gain.rule)}.")
    return sentences


def _coverage(card: ModelCard) -> list[str]:
    """Name the trained models whose 80 % intervals cover clearly more or less than 80 %."""
    sentences = []
    for timeframe in card.timeframes:
        coverage = {
            model: row.get("coverage_80") for model, row in card.scores(timeframe).items() if model in MAIN_MODELS
        }
        off = {m: h for m, h in coverage.items() if h is not None and abs(h - 0.8) > COVERAGE_TOLERANCE}
        for narrow, word in ((True, "narrow"), (False, "wide")):
            models = {model: share for model, share in off.items() if (share < 0.8) == narrow}
            if models:
                shares = _listed([f"{short_percent(share)} ({display_name(model)})" for model, share in models.items()])
                sentences.append(f"At {timeframe} the 80 % interval is too {word}: it covered {shares}.")
    return sentences


def _used_by(card: ModelCard) -> str:
    if card.kind == CANDIDATE:
        return (
            f"It is a candidate to replace {base_of(card.name)}; until it is accepted, it is used only if requested by "
            "name."
        )
    if card.kind == SHIPPED_WITH:
        return "It is used for every data set that has no model set of its own, unless another set is requested."
    return f"It is used for {card.data['name']}, recognised by its daily counts, unless another set is requested."


def _own_traffic(card: ModelCard) -> str:
    return (
        "Any other traffic is forecast zero-shot (by a model not trained on it): relative to its recent level, with "
        "the daily and weekly pattern of the training data. A warning says so; train a set on your own traffic and "
        "compare."
    )


def _seasons(card: ModelCard) -> str:
    if card.days >= 2 * A_YEAR:
        return ""
    length = counted(int(card.days), "day") if card.days < A_YEAR else f"{number(card.days / A_YEAR)} years"
    week = " and weekly" if card.days < A_FORTNIGHT else ""
    return f"It was trained on {length} of one service: too short to learn yearly{week} patterns."


def _horizon(card: ModelCard) -> str:
    steps = {step for timeframe in card.timeframes for step in card.steps(timeframe)}
    if not steps or max(steps) >= MAX_HORIZON:
        return ""
    return f"It was scored {_ahead(sorted(steps))}; accuracy beyond that, up to {MAX_HORIZON} steps, was not measured."


def _unseen_causes(card: ModelCard) -> str:
    return (
        "Its only inputs are counts, the time of day and the weekday: a holiday, launch, campaign or outage has no "
        "effect until the counts change, and the cost of a request is not modelled."
    )


def _clock(card: ModelCard) -> str:
    if card.data.get("time_zone"):
        return ""
    return "Its training data has no time zone: hours are as written in the data."


def _spread(shares: Sequence[float | None]) -> str:
    """Return the range of shares as text: `2.3 to 40 % better`."""
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
    return f"{short_percent(abs(share))} {'better' if share >= 0 else 'worse'}"


def _ahead(steps: Sequence[int]) -> str:
    if not steps:
        return "all steps ahead"
    return f"{steps[0]} to {steps[-1]} steps ahead" if len(steps) > 1 else f"{counted(steps[0], 'step')} ahead"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
