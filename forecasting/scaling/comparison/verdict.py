"""The verdict: the outcome of a comparison as text, for a reader who decides and does not read tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.compare import DEFAULT, Comparison, Row, name_of
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.sensitivity import Variation
from forecasting.scaling.config import policy_names
from forecasting.timeseries.formatting import points
from forecasting.timeseries.timeframes import DAY

DAYS_A_MONTH, DAYS_A_YEAR = 30.44, 365.25

ASSUMPTION = (
    "Monthly and yearly figures assume that the {days:g} evaluation days are typical, without growth, season or price "
    "change."
)


@dataclass(frozen=True)
class Verdict:
    """One sentence a field, in reading order; money in the price's currency.

    `pick` is the policy that performed best on the tuning days; `pays` is whether forecasting clearly saves (True),
    clearly costs more (False), or neither is clear (None).
    """

    pick: str
    pays: bool | None
    headline: str
    availability: str
    cost: str
    extrapolation: str
    what_would_change_it: list[str]
    cost_a_month: float
    saving_a_month: float
    saving_a_year: float
    assumption: str

    @property
    def text(self) -> str:
        """Return all of it as one paragraph."""
        money = self.cost, self.extrapolation, self.assumption
        return " ".join([self.headline, self.availability, *money, *self.what_would_change_it])


def verdict_of(comparison: Comparison, variations: Sequence[Variation] = ()) -> Verdict:
    """Return the verdict of a comparison; `variations` are the results of `sensitivity` for it."""
    reference = comparison.row(comparison.reference)
    driven = comparison.row(comparison.best_forecast) if comparison.best_forecast else reference
    pays = _pays(driven.saving)
    pick = driven if pays else reference
    usual = comparison.row(name_of(policy_names.REACTIVE, DEFAULT))
    days = len(comparison.replay.test.trace) * comparison.replay.series.bin_seconds / DAY
    a_day = pick.totals.cost / days
    saved = (usual.totals.cost - pick.totals.cost) / days
    return Verdict(
        pick=pick.policy,
        pays=pays,
        headline=_headline(driven, reference, pays),
        availability=_availability(pick, usual, comparison),
        cost=_cost(pick, usual),
        extrapolation=_extrapolation(a_day, saved, usual),
        what_would_change_it=_changes(driven, reference, variations),
        cost_a_month=a_day * DAYS_A_MONTH,
        saving_a_month=saved * DAYS_A_MONTH,
        saving_a_year=saved * DAYS_A_YEAR,
        assumption=ASSUMPTION.format(days=round(days, 1)),
    )


def saving_words(saving: Saving) -> str:
    """Return a saving with its interval, or that there is no clear difference."""
    if saving.saving is None:
        return "not comparable: the reference offers no such service level"
    if saving.interval is None:
        return f"a saving of {points(saving.saving)} (too few days for an interval)"
    interval = f"95 % interval {points(saving.interval[0])} to {points(saving.interval[1])}"
    if not saving.clear:
        return f"no clear difference ({interval})"
    return f"{points(saving.saving)} ({interval})"


def _saves(saving: Saving) -> str:
    """Return the effect of forecasting, as a sentence without its full stop."""
    if _pays(saving) is False:
        return f"forecasting costs {saving_words(saving.opposite)} more"
    return f"forecasting saves {saving_words(saving)}" if saving.clear else saving_words(saving)


def _pays(saving: Saving) -> bool | None:
    if saving.saving is None or not saving.clear:
        return None
    return saving.saving > 0


def _headline(driven: Row, reference: Row, pays: bool | None) -> str:
    rival = f"the best reactive policy ({reference.policy})"
    if driven is reference:
        return f"No forecast-driven policy was compared; {reference.policy} is the best reactive policy."
    words = saving_words(driven.saving)
    if pays:
        return f"Forecasting pays here: at equal service {driven.policy} costs {words} less than {rival}."
    if pays is False:
        more = saving_words(driven.saving.opposite)
        return f"Forecasting does not pay here: at equal service {driven.policy} costs {more} more than {rival}."
    return f"Between {driven.policy} and {rival} at equal service: {words}. The simpler policy is enough."


def _availability(pick: Row, usual: Row, comparison: Comparison) -> str:
    mine, theirs, slo = pick.totals, usual.totals, comparison.replay.slo
    kept = "keeps" if pick.meets_slo else "misses"
    change = theirs.unmet_requests - mine.unmet_requests
    words = f"{abs(change):,.0f} {'fewer' if change >= 0 else 'more'} unmet requests than {usual.policy}"
    return (
        f"Availability: {pick.policy} {kept} the objective ({slo}): {points(mine.unmet_share, 2)} of requests unmet, "
        f"{points(mine.minutes_under_share, 2)} of minutes under-provisioned; {words}."
    )


def _cost(pick: Row, usual: Row) -> str:
    mine, theirs = pick.totals, usual.totals
    if theirs.cost <= 0:
        return f"Cost: {mine.cost:,.2f}."
    change = 1.0 - mine.cost / theirs.cost
    words = f"{points(abs(change))} {'less' if change >= 0 else 'more'}"
    return (
        f"Cost: {mine.cost:,.2f} for {mine.mean_replicas:.2f} replicas on average, {words} than {usual.policy} "
        f"({theirs.cost:,.2f}), which does not give the same service level; above the optimum in hindsight by "
        f"{points(mine.regret or 0.0)}."
    )


def _extrapolation(a_day: float, saved: float, usual: Row) -> str:
    cost, change = (
        f"{amount * DAYS_A_MONTH:,.2f} a month and {amount * DAYS_A_YEAR:,.2f} a year" for amount in (a_day, abs(saved))
    )
    return f"That is {cost}: {change} {'less' if saved >= 0 else 'more'} than {usual.policy}."


def _changes(driven: Row, reference: Row, variations: Sequence[Variation]) -> list[str]:
    sentences = [f"With {variation.what}: {_saves(variation.saving)}." for variation in variations]
    price = _even_price(driven, reference)
    if price is not None:
        cheaper, safer = sorted((driven, reference), key=lambda row: row.totals.cost)
        sentences.append(
            f"Price of an unmet request: above {price:.3g} {safer.policy} is worth its cost, below it {cheaper.policy}."
        )
    return sentences


def _even_price(driven: Row, reference: Row) -> float | None:
    """Return the price of an unmet request at which both cost the same; None if one is both cheaper and better."""
    money = driven.totals.cost - reference.totals.cost
    unmet = reference.totals.unmet_requests - driven.totals.unmet_requests
    return money / unmet if unmet and np.isfinite(money / unmet) and money / unmet > 0 else None
