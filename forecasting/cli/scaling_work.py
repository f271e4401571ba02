"""The work of `dataflow scale`, `simulate` and `compare`; imported when one of them runs, for it brings numpy."""

from __future__ import annotations

from typing import Any

from forecasting.cli import scaling_text as texts
from forecasting.cli.scaling_text import comparison_text
from forecasting.errors import InputError
from forecasting.progress import Progress
from forecasting.scaling.comparison import results
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.config.request import ScalingRequest, evaluated_between, present_at
from forecasting.scaling.policies.policy_registry import checked_parameters
from forecasting.scaling.recommendation.data_age import dated
from forecasting.scaling.recommendation.manifest_export import FORMS, manifest_of
from forecasting.scaling.recommendation.recommend import recommend

__all__ = ["compared", "comparison_text", "exported", "recommended", "simulated", "swept"]

Result = tuple[dict[str, Any], str]
"""A result for JSON, and the same as text."""


def recommended(request: ScalingRequest, as_of: str | None) -> Result:
    """Recommend replicas at a moment (the end of the series if None)."""
    request = present_at(request, as_of)
    recommendation = dated(recommend(request), request)
    return results.recommendation_result(recommendation), texts.recommendation_text(request, recommendation)


def exported(request: ScalingRequest, form: str, url: str, *, accept_assumptions: bool) -> str:
    """Return the manifest of a request's configuration."""
    if form not in FORMS:
        raise InputError(f"format must be one of {', '.join(FORMS)} (got {form!r}).", field="format")
    checked_parameters(request.policy, request.parameters)
    with_key = request.settings.auth != "none"
    return manifest_of(request.series, request, form, url, accept_assumptions=accept_assumptions, with_key=with_key)


def simulated(request: ScalingRequest, start: str | None, end: str | None, *, steps: bool) -> Result:
    """Replay one policy over the evaluation days from `start` to `end`."""
    result = results.simulation_result(evaluated_between(request, start, end), steps=steps)
    return result, texts.simulation_text(result)


def swept(request: ScalingRequest, start: str | None, end: str | None, count: int, progress: Progress) -> Result:
    """Replay `count` settings of one policy over the evaluation days from `start` to `end`."""
    result = results.sweep_result(evaluated_between(request, start, end), count, progress)
    return result, texts.sweep_text(result)


def compared(
    request: ScalingRequest, start: str | None, end: str | None, quick: bool, progress: Progress
) -> CompareResult:
    """Compare every policy on the evaluation days from `start` to `end`."""
    options: results.CompareOptions = results.QUICK if quick else {}
    return results.compare_result(evaluated_between(request, start, end), progress=progress, **options)
