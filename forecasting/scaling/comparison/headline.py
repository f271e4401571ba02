"""The headline: the policy to use and whether forecasting pays, in one or two sentences with money and uncertainty.

The page, the report, the REST call and the command line all begin with it. Its only saving is that of the pick: at
equal service, against the reference, as in the table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from forecasting.scaling.comparison.compare import DEFAULT, Comparison, Row, name_of
from forecasting.scaling.comparison.extrapolation import Extrapolation, extrapolation_of
from forecasting.scaling.comparison.pick import AS_CHEAP, Pick, pick_of, words_for
from forecasting.scaling.comparison.saving_text import interval_words, less, less_than
from forecasting.scaling.config import policy_names
from forecasting.timeseries.formatting import CURRENCY, change, money, number, percent, price

PEAK = name_of(policy_names.FIXED, DEFAULT)
"""As many replicas all the time as the highest demand before the evaluation days needed."""


@dataclass(frozen=True)
class Headline:
    """`before`, the `finding` that stands out, and what comes `after` make the sentence; money in the price's currency.

    `policy` is the pick, whose `saving_a_month` is against the `reference` at equal service (None if there is no such
    level, or too few days for monthly figures, as for the costs); `beside` is the policy to look at beside it, the
    reference or else a forecast-driven one; `peak_ratio` is what fixed replicas for the peak cost
    in multiples of it, `above_optimum` its regret.
    """

    policy: str
    reference: str
    beside: str
    before: str
    finding: str
    after: str
    days: float
    cost_a_month: float | None
    reference_cost_a_month: float | None
    saving_a_month: float | None
    peak_ratio: float | None
    above_optimum: float | None

    @property
    def sentence(self) -> str:
        """Return the whole text."""
        return f"{self.before}{self.finding}{self.after}"

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "sentence": self.sentence}


def headline_of(comparison: Comparison, currency: str = CURRENCY) -> Headline:
    """Return the headline of a comparison, its money in `currency`."""
    picked, reference = pick_of(comparison), comparison.row(comparison.reference)
    mine, ahead = picked.row, extrapolation_of(comparison)
    saved = saved_by(mine)
    before, finding, after = _Sentence(comparison, picked, ahead, currency).parts()
    peak = next((row for row in comparison.rows if row.policy == PEAK), None)
    ratio = peak.totals.cost / mine.totals.cost if peak and mine.totals.cost > 0 else None
    objective = str(comparison.replay.slo)
    return Headline(
        policy=mine.policy,
        reference=reference.policy,
        beside=(reference if mine is not reference else picked.driven or reference).policy,
        before=f"{_begun(objective)}: {before}",
        finding=finding,
        after=f"{after}{_peak(ratio) if mine is not peak else ''}{_optimum(mine)}",
        days=ahead.days,
        cost_a_month=ahead.monthly(mine.totals.cost),
        reference_cost_a_month=ahead.monthly(reference.totals.cost),
        saving_a_month=None if saved is None else ahead.monthly(saved),
        peak_ratio=ratio,
        above_optimum=mine.totals.regret,
    )


def saved_by(row: Row) -> float | None:
    """Return what the reference would have cost more over the evaluation days, at the service level of this row."""
    share = row.saving.saving
    return None if share is None or share >= 1.0 else row.totals.cost * share / (1.0 - share)


@dataclass(frozen=True)
class _Sentence:
    """Makes the sentence of a pick."""

    comparison: Comparison
    picked: Pick
    ahead: Extrapolation
    currency: str

    def parts(self) -> tuple[str, str, str]:
        """Return what comes before the finding, the finding, and what comes after it."""
        picked, row = self.picked, self.picked.row
        if row.totals.cost == self._reference.totals.cost == 0:
            return "", "nothing to save", f": at this price {row.policy}, like every policy, costs nothing."
        if not row.keeping.here:
            return self._none()
        if not row.keeping.before_at_all and picked.safer is None:
            return self._here_only()
        if picked.pays:
            before = f"forecasting pays. {row.policy} keeps it with {self._missed(row)} and costs "
            return before, less(row.saving.saving or 0.0), self._than()
        here = "" if picked.keeps else " on these days"
        kept = f", the cheapest that keeps it{here}, with {self._missed(row)}"
        why = f"; {self._unclear()}." if picked.forecasts else f"{self._margin()}.{self._without()}"
        return "use ", row.policy, f"{kept}{why}{self._safer()}"

    @property
    def _reference(self) -> Row:
        return self.comparison.row(self.comparison.reference)

    @property
    def _rival(self) -> str:
        return words_for(self._reference)

    def _missed(self, row: Row) -> str:
        return f"{percent(row.keeping.share)} {self.comparison.replay.slo.missed}"

    def _than(self) -> str:
        row, saving = self.picked.row, self.picked.row.saving
        saved, service = saved_by(row), self.comparison.replay.service
        month = None if saved is None else self.ahead.monthly(saved)
        about = "" if month is None else f", about {money(month, self.currency)} a month"
        at = f"a start-up time of {service.boot_seconds:g} s and {price(service.price_per_hour, self.currency)} an hour"
        return f" than {self._rival} at equal service ({interval_words(saving)}){about}: so for this service, {at}."

    def _unclear(self) -> str:
        """What can be said of a saving that is not clear."""
        saving = self.picked.row.saving
        if saving.saving is None:
            return f"{self._rival} offers no such service level, so whether forecasting pays is open"
        costs = f"at equal service it costs {less_than(saving.saving, self._rival)}"
        if saving.interval is None:
            return f"{costs} ({interval_words(saving)}), so whether forecasting pays is open"
        if saving.clear:
            return f"{costs} ({interval_words(saving)}), yet no policy without forecasts keeps the objective for less"
        return f"{costs} ({interval_words(saving)}), so no clear difference"

    def _margin(self) -> str:
        """The saving of a pick without forecasts."""
        saving = self.picked.row.saving
        if self.picked.row is self._reference or saving.saving is None:
            return ""
        return f"; at equal service it costs {less_than(saving.saving, self._rival)} ({interval_words(saving)})"

    def _without(self) -> str:
        """Why forecasts are not used."""
        driven, mine = self.picked.driven, self.picked.row
        if driven is None:
            return " No forecast-driven policy was compared."
        name = words_for(driven)
        if not driven.keeping.here:
            return f" Forecasting does not pay: {name} misses the objective, with {self._missed(driven)}."
        if not driven.keeping.before_at_all:
            before = percent(driven.keeping.share_before)
            return f" Forecasting does not pay: {name} would have missed the objective on the tuning days ({before})."
        beside = driven.totals.cost / mine.totals.cost - 1.0 if mine.totals.cost else 0.0
        costs = f"{name} costs {change(beside)}, with {self._missed(driven)}"
        if beside >= 0:
            return f" Forecasting does not pay: {costs}."
        reason = "less than 1 % decides for the simpler policy" if -beside <= AS_CHEAP else "without the margin"
        return f" Forecasting does not pay: {costs}; {reason}."

    def _safer(self) -> str:
        """Return the warning that the pick does not pass the keep test, and what does."""
        picked, keeping = self.picked, self.picked.row.keeping
        if picked.keeps:
            return ""
        if keeping.before_at_all:
            text = (
                f" On the tuning days it left {percent(keeping.share_before)}, with its uncertainty "
                f"{percent(keeping.before)}, where so few days allow {percent(keeping.allowed_before)}"
            )
        else:
            text = f" It may not hold: on the tuning days it missed the objective, with {percent(keeping.share_before)}"
        if picked.safer is None:
            return f"{text}: it may miss on others."
        more = change(picked.safer.totals.cost / picked.row.totals.cost - 1.0) if picked.row.totals.cost else "more"
        return f"{text}. {_begun(words_for(picked.safer))} kept it on both, for {more}."

    def _here_only(self) -> tuple[str, str, str]:
        row = self.picked.row
        after = (
            f". {row.policy} is the cheapest that keeps it on these days, with {self._missed(row)}; on the tuning days "
            f"it was {percent(row.keeping.share_before)}. {self._hindsight()}"
        )
        return "", "no policy keeps it on the tuning days and on these days", after

    def _none(self) -> tuple[str, str, str]:
        row = self.picked.row
        before = row.keeping.share_before
        earlier = "" if before is None else f" ({percent(before)} on the tuning days)"
        after = f". {row.policy} misses least, with {self._missed(row)}{earlier}. {self._hindsight()}"
        return "", "no policy keeps it", after

    def _hindsight(self) -> str:
        best = self.picked.in_hindsight
        if best is None:
            return "No setting that was tried would have kept it."
        cost, name = self.ahead.text(best.totals.cost, self.currency), words_for(best)
        return f"The cheapest setting that keeps it, known only in hindsight ({name}), costs {cost}."


def _begun(text: str) -> str:
    """Return a text as the beginning of a sentence."""
    return f"{text[0].upper()}{text[1:]}"


def _peak(ratio: float | None) -> str:
    return "" if ratio is None else f" A fixed number of replicas for the peak would cost {number(ratio, 2)} × as much."


def _optimum(row: Row) -> str:
    regret = row.totals.regret
    if regret is None:
        return ""
    return f" The optimum with hindsight is {percent(regret / (1.0 + regret), 2)} below it."
