"""The requests of the page: its keys of the URL, its jobs, and their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from forecasting.scaling.comparison import compare
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import DEFAULT_SHARE
from webapp.app.context import context
from webapp.jobs.panel import PageJob
from webapp.ui import service_form
from webapp.ui.address import Key, View, one_of

NAME = "cost"
SAVING, BEST = "saving", "best"
AS_VERDICT = "verdict"
"""In place of a policy: that of the verdict."""


QUICK = PageJob("cost-quick", "compare", "Comparing policies, coarsely")
TUNED = PageJob("cost-tuned", "compare", "Tuning every policy")
GRID = PageJob("cost-grid", "cost-grid", "Trying other start-up times")
REPORT = PageJob("cost-report", "cost-report", "Writing the report")


@cache
def row_names() -> tuple[str, ...]:
    """Every row that a table can have, in its order."""
    named = [
        compare.name_of(family, variant)
        for family in policy_names.DEPLOYABLE
        for variant in compare.variants_of(family)
    ]
    return (*named, *policy_names.HINDSIGHT)


def _policy(text: str) -> str:
    if text not in (AS_VERDICT, *row_names()):
        raise ValueError("must be a policy of the table, such as predictive:tuned")
    return text


KEYS = (
    *service_form.SERVICE_KEYS,
    Key("first", _policy, AS_VERDICT),
    Key("second", _policy, AS_VERDICT),
    Key("map", one_of(SAVING, BEST), SAVING),
)
"""`first` is the selected policy, `second` the one beside it."""


@dataclass(frozen=True)
class CachedComparison:
    """A cached page payload; `tuned` is whether it is the whole comparison rather than the coarse one."""

    payload: Mapping[str, Any]
    tuned: bool


def comparing(view: View, *, quick: bool) -> dict[str, object]:
    """Return the arguments of the comparison of a view, which does not depend on the policy of the view."""
    return {"dataset": view.dataset, "quick": quick, "fields": _request_fields(view)}


def reporting(view: View) -> dict[str, object]:
    """Return the arguments of the report."""
    return {"dataset": view.dataset, "fields": _request_fields(view)}


def gridding(view: View) -> dict[str, object]:
    """Return the arguments of the grid, without what it varies and what it does not use."""
    configuration = service_form.configuration_of(view)
    service = {name: value for name, value in configuration.service.items() if name not in _VARIED}
    fixed = {"service": service, "slo": configuration.slo.at(DEFAULT_SHARE).to_dict(), "current_replicas": None}
    return {"dataset": view.dataset, "fields": {**_request_fields(view), **fixed}}


_VARIED = ("boot_seconds", "lost_request_price")


def _request_fields(view: View) -> dict[str, object]:
    fields = service_form.arguments_of(view)
    span = {} if view["range"] == "all" else dict(zip(("start", "end"), view.span, strict=True))
    return {name: value for name, value in fields.items() if name not in ("policy", "parameters")} | span


def cached_comparison(view: View) -> CachedComparison | None:
    """Return the best comparison of a view that is cached."""
    cache = context().results
    for quick in (False, True):
        cached = cache.find(cache.key(TUNED.task, view.version, comparing(view, quick=quick)))
        if isinstance(cached, Mapping):
            return CachedComparison(cached, not quick)
    return None


def pair_names(view: View, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two policies to compare: the selected one, and the one beside it.

    Unless the view names one of the payload, the selected one is the policy chosen for scaling, if one was, and else
    that of the verdict; the one beside it is the reference, or a forecast-driven one beside the reference.
    """
    brief, runs = payload["brief"], payload["runs"]
    policy, first, second = (str(view[name]) for name in ("policy", "first", "second"))
    chosen = compare.name_of(policy, compare.TUNED) if policy != view.defaults["policy"] else None
    selected = next((name for name in (first, chosen or first) if name in runs), str(brief["policy"]))
    return selected, second if second in runs else str(brief["beside"])


def address(view: View, path: str) -> str:
    """Return the address of a download with all values of the view."""
    query = {name: value for name, value in view.values.items() if value != view.defaults[name]}
    return f"{path}?{urlencode(query)}" if query else path
