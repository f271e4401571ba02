"""The payload of a page: all that it draws of a comparison, as JSON that is small enough to be cached and sent.

Beside what `CompareResult.to_dict` holds: the headline, the edge of every policy's settings, and the replicas of every
row bin by bin (packed: 14 days of minutes are a few kB a row).
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.comparison.compare import Comparison, Row
from forecasting.scaling.comparison.headline import headline_of
from forecasting.scaling.comparison.replica_pair import packed
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.comparison.verdict import DAYS_A_MONTH, DAYS_A_YEAR

DIGITS = 6
"""Significant digits of the edges: more than a chart can show."""


def page_payload(result: CompareResult) -> dict[str, object]:
    """Return the payload of a comparison.

    `span` are the evaluation bins, end excluded, by position in the series of its timeframe; costs of these days times
    `monthly` or `yearly` are those of a month or a year. A row's `equal_service_cost` is what the reference would have
    cost at the share that the row missed, from which its saving is computed (null if there is none).
    """
    comparison = result.comparison
    headline = headline_of(comparison, result.currency)
    span, bin_seconds = comparison.replay.test_span, comparison.replay.series.bin_seconds
    return {
        **result.to_dict(),
        "policies": [_row(row) for row in comparison.rows],
        "brief": headline.to_dict(),
        "monthly": DAYS_A_MONTH / headline.days,
        "yearly": DAYS_A_YEAR / headline.days,
        "edges": _edges(comparison),
        "runs": {row.policy: packed(row.outcome.run.ready, bin_seconds) for row in comparison.rows},
        "span": [span.first, span.end],
        "currency": result.currency,
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
