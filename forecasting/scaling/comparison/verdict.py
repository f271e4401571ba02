"""The verdict: the outcome of a comparison as text, for a reader who decides and does not read tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.compare import DEFAULT, Comparison, Row, name_of
from forecasting.scaling.comparison.extrapolation import Extrapolation, extrapolation_of
from forecasting.scaling.comparison.headline import headline_of, saved_by
from forecasting.scaling.comparison.pick import Pick, pick_of, words_for
from forecasting.scaling.comparison.saving_text import saving_words
from forecasting.scaling.comparison.sensitivity import Variation
from forecasting.scaling.config import policy_names
from forecasting.timeseries.formatting import CURRENCY, money, number, percent, points


@dataclass(frozen=True)
class Verdict:
    """One sentence a field, in reading order; money in the price's currency.

    `pick` is the policy to use: the cheapest that keeps the objective, on the tuning days too (`keeps`; if none does,
    the next best, which the headline says). `pays` is whether forecasting clearly saves (True), another policy is the
    one to use (False), or neither is clear (None). The saving is that of the pick at equal service, as in its row.
    Figures of a month or a year are None if there are too few days. `use` is how to get its manifest.
    """

    pick: str
    keeps: bool
    pays: bool | None
    headline: str
    availability: str
    cost: str
    extrapolation: str
    what_would_change_it: list[str]
    cost_a_month: float | None
    cost_a_month_low: float | None
    cost_a_month_high: float | None
    saving: float | None
    saving_low: float | None
    saving_high: float | None
    saving_a_month: float | None
    saving_a_year: float | None
    assumption: str
    use: str

    @property
    def text(self) -> str:
        """Return all of it as one paragraph."""
        parts = [self.headline, self.availability, self.cost, self.extrapolation, self.assumption]
        return " ".join(part for part in [*parts, *self.what_would_change_it, self.use] if part)


def verdict_of(comparison: Comparison, variations: Sequence[Variation] = (), currency: str = CURRENCY) -> Verdict:
    """Return the verdict of a comparison, money in `currency`; `variations` are the results of its `sensitivity`."""
    picked, ahead = pick_of(comparison), extrapolation_of(comparison)
    row, reference = picked.row, comparison.row(comparison.reference)
    saved = saved_by(row)
    low, high = ahead.range_of(row) or (None, None)
    return Verdict(
        pick=row.policy,
        keeps=picked.keeps,
        pays=picked.pays,
        headline=headline_of(comparison, currency).sentence,
        availability=_availability(row, comparison),
        cost=_cost(row, comparison, currency),
        extrapolation=_extrapolation(row, reference, ahead, currency),
        what_would_change_it=_changes(picked, reference, variations),
        cost_a_month=ahead.monthly(row.totals.cost),
        cost_a_month_low=low,
        cost_a_month_high=high,
        saving=row.saving.saving,
        saving_low=row.saving.low,
        saving_high=row.saving.high,
        saving_a_month=None if saved is None else ahead.monthly(saved),
        saving_a_year=None if saved is None else ahead.yearly(saved),
        assumption=ahead.assumption(row, currency),
        use=_use(row, comparison.replay.series.name),
    )


def _use(row: Row, dataset: str) -> str:
    """Return how to get the manifest of a policy; settings as delivered need no parameters."""
    given = {} if row.variant == DEFAULT else row.parameters
    words = "".join(f" --parameter {name}={value:.6g}" for name, value in given.items())
    return f"Its manifest: dataflow export --dataset {dataset} --policy {row.family}{words}"


def _availability(row: Row, comparison: Comparison) -> str:
    totals, kept = row.totals, "keeps" if row.meets_slo else "misses"
    before = row.keeping.share_before
    earlier = "" if before is None else f"; on the tuning days {percent(before)} {comparison.replay.slo.missed}"
    return (
        f"Availability: {row.policy} {kept} the objective ({comparison.replay.slo}) with {percent(totals.unmet_share)} "
        f"of requests unmet and {percent(totals.minutes_under_share)} of minutes under-provisioned{earlier}."
    )


def _cost(row: Row, comparison: Comparison, currency: str) -> str:
    mine = row.totals
    optimum = "" if mine.regret is None else f", {points(mine.regret)} above the optimum in hindsight"
    text = f"Cost: {money(mine.cost, currency)} for {mine.mean_replicas:.2f} replicas on average{optimum}"
    usual = comparison.row(name_of(policy_names.REACTIVE, DEFAULT)) if _has_usual(comparison) else row
    if usual is row:
        return f"{text}."
    theirs = usual.totals
    return (
        f"{text}; {words_for(usual)} costs {money(theirs.cost, currency)} with {percent(theirs.unmet_share)} of "
        f"requests unmet, against {percent(mine.unmet_share)}."
    )


def _has_usual(comparison: Comparison) -> bool:
    return any((row.family, row.variant) == (policy_names.REACTIVE, DEFAULT) for row in comparison.rows)


def _extrapolation(row: Row, reference: Row, ahead: Extrapolation, currency: str) -> str:
    month, year = ahead.monthly(row.totals.cost), ahead.yearly(row.totals.cost)
    if month is None or year is None:
        return ""
    text = f"That is {money(month, currency)} a month and {money(year, currency)} a year"
    saved = saved_by(row)
    if saved is None or not row.saving.clear:
        return f"{text}."
    change = money(abs(ahead.monthly(saved) or 0.0), currency)
    more = "less" if saved >= 0 else "more"
    return f"{text}: {change} a month {more} than {words_for(reference)} at equal service."


def _changes(picked: Pick, reference: Row, variations: Sequence[Variation]) -> list[str]:
    sentences = [_varied(variation) for variation in variations]
    other = reference if picked.forecasts else picked.driven
    price = _even_price(picked.row, other) if other is not None else None
    if other is not None and price is not None:
        cheaper, safer = sorted((picked.row, other), key=lambda row: row.totals.cost)
        names = {id(picked.row): picked.row.policy, id(other): words_for(other)}
        sentences.append(
            f"Price of an unmet request: above {number(price)} {names[id(safer)]} is worth its cost, below it "
            f"{names[id(cheaper)]}."
        )
    return sentences


def _varied(variation: Variation) -> str:
    if variation.saving.saving is None:
        return f"With {variation.what}, forecasting and the reference offer no common service level."
    return f"With {variation.what}, forecasting costs {saving_words(variation.saving)} at equal service."


def _even_price(row: Row, other: Row) -> float | None:
    """Return the price of an unmet request at which both cost the same; None if one is both cheaper and better."""
    money = row.totals.cost - other.totals.cost
    unmet = other.totals.unmet_requests - row.totals.unmet_requests
    return money / unmet if unmet and np.isfinite(money / unmet) and money / unmet > 0 else None
