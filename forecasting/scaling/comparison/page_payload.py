"""Digests: all that a page draws of a study or a grid, as JSON that is small enough to be kept and sent.

Beside what `Study.to_dict` says of it: the brief, the edge of every policy's settings, and the replicas of every row
step by step (packed: 14 days of minutes are 2 kB a row).
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.comparison.compare import Comparison, Row
from forecasting.scaling.comparison.headline import headline_of
from forecasting.scaling.comparison.replica_pair import packed
from forecasting.scaling.comparison.results import Study
from forecasting.scaling.comparison.verdict import DAYS_A_MONTH, DAYS_A_YEAR

DIGITS = 6
"""Significant digits of the edges: more than a chart can show."""


def digest(study: Study) -> dict[str, object]:
    """The digest of a study.

    `span` are the bins judged, end excluded, by position in the series of its timeframe; costs of these days times
    `monthly` or `yearly` are those of a month or a year. A row's `equal_service_cost` is what the reference would have
    cost at the share that the row missed, from which its saving is computed (null where there is none).
    """
    comparison = study.comparison
    brief = headline_of(comparison, study.currency)
    span = comparison.replay.test_span
    return {
        **study.to_dict(),
        "policies": [_row(row) for row in comparison.rows],
        "brief": brief.to_dict(),
        "monthly": DAYS_A_MONTH / brief.days,
        "yearly": DAYS_A_YEAR / brief.days,
        "edges": _edges(comparison),
        "runs": {row.policy: packed(row.outcome.run.ready) for row in comparison.rows},
        "span": [span.first, span.end],
        "currency": study.currency,
    }


def _row(row: Row) -> dict[str, object]:
    saving = row.saving.saving
    equal = None if saving is None or saving >= 1.0 else row.totals.cost / (1.0 - saving)
    return {"family": row.family, "variant": row.variant, **row.to_dict(), "equal_service_cost": equal}


def _edges(comparison: Comparison) -> dict[str, dict[str, list[float]]]:
    return {
        name: {"share": _rounded(shares), "cost": _rounded(costs)}
        for name, (shares, costs) in comparison.edges().items()
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
