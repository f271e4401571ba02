"""Digests: all that a page draws of a study or a grid, as JSON that is small enough to be kept and sent.

Beside what `Study.to_dict` says of it: the brief, the edge of every policy's settings, and the replicas of every row
step by step (packed: 14 days of minutes are 2 kB a row).
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from forecasting.scaling.brief import brief_of
from forecasting.scaling.comparison import Comparison, Row
from forecasting.scaling.pairs import packed
from forecasting.scaling.studies import Study

DIGITS = 6
"""Significant digits of the edges: more than a chart can show."""


def digest(study: Study) -> dict[str, object]:
    """The digest of a study. `span` are the bins judged, end excluded, by position in the series of its timeframe."""
    comparison = study.comparison
    span = comparison.replay.test_span
    return {
        **study.to_dict(),
        "policies": [_row(row) for row in comparison.rows],
        "brief": brief_of(comparison).to_dict(),
        "best_forecast": comparison.best_forecast,
        "optimum_objective": comparison.optimum.objective,
        "edges": _edges(comparison),
        "runs": {row.policy: packed(row.outcome.run.ready) for row in comparison.rows},
        "span": [span.first, span.end],
        "prices": [asdict(price) for price in study.prices],
    }


def _row(row: Row) -> dict[str, object]:
    return {"family": row.family, "variant": row.variant, **row.to_dict()}


def _edges(comparison: Comparison) -> dict[str, dict[str, list[float]]]:
    return {
        name: {"share": _rounded(shares), "cost": _rounded(costs)}
        for name, (shares, costs) in comparison.edges().items()
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
