"""The pick: the policy of a comparison to use. It passes the keep test, and nothing that does is clearly cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecasting.scaling.comparison.compare import DEFAULT, HINDSIGHT, Comparison, Row
from forecasting.scaling.config import policy_names

AS_CHEAP = 0.01
"""Within this share of the lowest cost the simpler policy is picked."""

SIMPLEST_FIRST = (
    policy_names.FIXED,
    policy_names.SCHEDULED,
    policy_names.REACTIVE,
    policy_names.THRESHOLD,
    policy_names.TARGET_TRACKING,
    policy_names.RECENT_MAX,
    policy_names.SMOOTHING,
)
"""Policies without forecasts from the simplest on; those with forecasts come after them."""

_WORDS = {
    policy_names.FIXED: "a fixed number of replicas",
    policy_names.SCHEDULED: "a schedule by hour of the week",
    policy_names.REACTIVE: "the HPA",
    policy_names.THRESHOLD: "scaling by thresholds",
    policy_names.TARGET_TRACKING: "target tracking",
    policy_names.RECENT_MAX: "the recent maximum",
    policy_names.SMOOTHING: "smoothing",
}


@dataclass(frozen=True)
class Pick:
    """The policy to use.

    `driven` is the forecast-driven policy to hold it against (itself if it is one, None if none was compared), `safer`
    the cheapest that passes the keep test if the pick does not (None: none does), and `in_hindsight` the cheapest
    setting that the evaluation days themselves would have chosen to keep the objective.
    """

    row: Row
    driven: Row | None
    safer: Row | None
    in_hindsight: Row | None

    @property
    def keeps(self) -> bool:
        """Whether it passes the keep test."""
        return self.row.keeping.holds

    @property
    def forecasts(self) -> bool:
        """Whether the pick is driven by forecasts."""
        return self.row is self.driven

    @property
    def pays(self) -> bool | None:
        """Whether forecasting clearly saves (True), another policy is the one to use (False), or neither is clear."""
        if self.driven is None:
            return None
        if not self.forecasts:
            return False
        saving = self.row.saving
        return True if self.keeps and saving.clear and (saving.saving or 0.0) > 0 else None


def pick_of(comparison: Comparison) -> Pick:
    """Return the pick: the cheapest policy that keeps the objective on the evaluation days.

    Within AS_CHEAP of it those that pass the keep test come first, then the simplest: so nothing in the table that
    keeps the objective is clearly cheaper. If the pick does not pass the test, `safer` is what does. If none keeps the
    objective on the evaluation days, the pick is the one that misses it least.
    """
    rows = [row for row in comparison.rows if not row.hindsight]
    sure, here = [row for row in rows if row.keeping.holds], [row for row in rows if row.keeping.here]
    row = simplest(here) if here else min(rows, key=lambda row: row.keeping.miss)
    driven = [one for one in rows if one.family in policy_names.FORECAST_DRIVEN]
    hindsight = [one for one in comparison.rows if one.variant == HINDSIGHT and one.meets_slo]
    return Pick(
        row,
        row if row in driven else min(driven, key=_worth, default=None),
        simplest(sure) if sure and row not in sure else None,
        min(hindsight, key=lambda one: one.totals.cost, default=None),
    )


def simplest(rows: Sequence[Row]) -> Row:
    """Return the simplest of the rows that cost at most AS_CHEAP more than the cheapest.

    Those that pass the keep test come before those that do not.
    """
    least = min(row.totals.cost for row in rows)
    near = [row for row in rows if row.totals.cost <= least * (1.0 + AS_CHEAP)]
    return min(near, key=lambda row: (not row.keeping.holds, *_complexity(row), row.totals.cost))


def _complexity(row: Row) -> tuple[int, bool]:
    """A number that grows with what a policy needs; delivered settings need no tuning."""
    known = row.family in SIMPLEST_FIRST
    place = SIMPLEST_FIRST.index(row.family) if known else len(SIMPLEST_FIRST) + (row.family != policy_names.HYBRID)
    return place, row.variant != DEFAULT


def _worth(row: Row) -> tuple[bool, float]:
    """A key that puts the cheapest row that passes the keep test first, then those that miss least."""
    return not row.keeping.holds, row.totals.cost if row.keeping.holds else row.keeping.miss


def words_for(row: Row) -> str:
    """Return a policy and its variant in words, so that only the pick is named as in the table: `tuned smoothing`."""
    if row.family not in _WORDS:
        name = row.family.replace(":", " ")
        return f"{row.variant} {name}" if row.variant else name
    words = _WORDS[row.family]
    article, _, rest = words.partition(" ")
    if article not in ("a", "the"):
        return f"{row.variant} {words}"
    return f"{article} {row.variant} {rest}"
