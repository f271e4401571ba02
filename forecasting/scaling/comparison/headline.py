"""The headline: whether forecasting is worth it, in one sentence, with the money and the uncertainty in it.

`verdict` explains at length what this sums up: the same saving at equal service, of the same two policies.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from forecasting.scaling.comparison.compare import DEFAULT, Comparison, Row, name_of
from forecasting.scaling.comparison.verdict import DAYS_A_MONTH
from forecasting.scaling.config import policy_names
from forecasting.scaling.simulation.optimum import violation
from forecasting.timeseries.formatting import CURRENCY, money, number, percent, points, points_between
from forecasting.timeseries.timeframes import DAY

PEAK = name_of(policy_names.FIXED, DEFAULT)
"""As many replicas all the time as the highest demand before the evaluation days needed."""


@dataclass(frozen=True)
class Headline:
    """`before`, the `finding` that stands out, and what comes `after` make the sentence; money in the price's currency.

    `policy` is the best forecast-driven one of the tuning days (the reference if none was compared). Its
    `saving_a_month` is against the `reference` at equal service (None if there is no such level); `peak_ratio` is what
    fixed replicas for the peak cost in multiples of it, `above_optimum` its regret.
    """

    policy: str
    reference: str
    before: str
    finding: str
    after: str
    days: float
    cost_a_month: float
    reference_cost_a_month: float
    saving_a_month: float | None
    peak_ratio: float | None
    above_optimum: float | None

    @property
    def sentence(self) -> str:
        """Return the whole sentence."""
        return f"{self.before}{self.finding}{self.after}"

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "sentence": self.sentence}


def headline_of(comparison: Comparison, currency: str = CURRENCY) -> Headline:
    """Return the headline of a comparison, its money in `currency`."""
    reference = comparison.row(comparison.reference)
    mine = comparison.row(comparison.best_forecast) if comparison.best_forecast else reference
    days = len(comparison.replay.test.trace) * comparison.replay.series.bin_seconds / DAY
    monthly = DAYS_A_MONTH / days
    saved = _saved(mine) if mine is not reference else None
    before, finding, after = _sentence(mine, reference, saved and saved * monthly, currency)
    peak = next((row for row in comparison.rows if row.policy == PEAK), None)
    ratio = peak.totals.cost / mine.totals.cost if peak and mine.totals.cost > 0 else None
    objective = str(comparison.replay.slo)
    return Headline(
        policy=mine.policy,
        reference=reference.policy,
        before=f"{objective[0].upper()}{objective[1:]}: {before}",
        finding=finding,
        after=f"{after}{_peak(ratio)}.{_missed(mine, comparison)}{_optimum(mine)}",
        days=days,
        cost_a_month=mine.totals.cost * monthly,
        reference_cost_a_month=reference.totals.cost * monthly,
        saving_a_month=saved and saved * monthly,
        peak_ratio=ratio,
        above_optimum=mine.totals.regret,
    )


def _saved(row: Row) -> float | None:
    """Return what the reference would have cost more over the evaluation days, at the service level of this row."""
    share = row.saving.saving
    return None if share is None or share >= 1.0 else row.totals.cost * share / (1.0 - share)


def _sentence(mine: Row, reference: Row, saved_a_month: float | None, currency: str) -> tuple[str, str, str]:
    saving, rival = mine.saving, f"tuned {reference.family}"
    if mine is reference:
        return "", "no forecast-driven policy was compared", f"; {rival} is the best reactive policy"
    if saving.saving is None and mine.totals.cost == reference.totals.cost == 0:
        return "", "nothing to save", ": at this price every policy costs nothing"
    if saving.saving is None:
        both = f"{mine.family} and {rival}"
        return "", "not comparable", f": at no setting does {rival} miss as little or as much, so {both} differ in both"
    less = _less(saving.saving)
    if saving.interval is None:
        return f"{mine.family} costs ", less, f" than {rival} at equal service, on too few days for an interval"
    interval = _interval(saving.saving, *saving.interval)
    if not saving.clear:
        after = f" between {mine.family} and {rival}: at equal service {mine.family} costs {less} ({interval})"
        return "", "no clear difference", after
    about = f", about {money(abs(saved_a_month), currency)} a month at this price" if saved_a_month else ""
    return f"{mine.family} costs ", less, f" than {rival} at equal service ({interval}){about}"


def _less(share: float) -> str:
    """Return a saving with its direction, no finer than its interval."""
    size = points(abs(share))
    return f"{size} {'less' if share >= 0 else 'more'}" if size != "0.0 %" else "just as much"


def _interval(share: float, low: float, high: float) -> str:
    """Return the interval of a saving, reversed if it costs more, so that its sign fits the text before it."""
    return f"95 % interval {points_between(*((low, high) if share >= 0 else (-high, -low)))}"


def _peak(ratio: float | None) -> str:
    return "" if ratio is None else f"; fixed at peak would cost {number(ratio, 2)} × as much"


def _missed(row: Row, comparison: Comparison) -> str:
    if row.meets_slo:
        return ""
    missed = percent(violation(row.outcome, comparison.replay.slo))
    return f" On the evaluation days {row.family} itself missed the objective, with {missed}."


def _optimum(row: Row) -> str:
    regret = row.totals.regret
    if regret is None:
        return ""
    return f" The optimum with hindsight is {percent(regret / (1.0 + regret), 2)} below {row.family}."
