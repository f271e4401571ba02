"""What the page asks for: its keys of the URL, its jobs, and their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from forecasting.scaling.comparison import compare
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import DEFAULT_SHARE
from webapp.app.context import context
from webapp.jobs.panel import Job
from webapp.ui import service_form
from webapp.ui.address import Key, View, one_of

NAME = "cost"
SAVING, BEST = "saving", "best"
AS_VERDICT = "verdict"
"""In place of a policy: that of the verdict."""


QUICK = Job("cost-quick", "compare", "Comparing policies, coarsely")
TUNED = Job("cost-tuned", "compare", "Tuning every policy")
GRID = Job("cost-grid", "cost-grid", "Trying other boot times")
REPORT = Job("cost-report", "cost-report", "Writing the report")


@cache
def row_names() -> tuple[str, ...]:
    """Every row that a table can have, in its order."""
    named = [compare.name_of(family, variant) for family in policy_names.DEPLOYABLE for variant in compare.VARIANTS]
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
"""`first` is the policy that is looked at, `second` the one that it is held against."""


@dataclass(frozen=True)
class Kept:
    """A digest that is there; `tuned` is whether it is the whole comparison rather than the coarse one."""

    digest: Mapping
    tuned: bool


def comparing(view: View, *, quick: bool) -> dict[str, object]:
    """The arguments of the comparison that a view asks for, which no policy of its own changes."""
    return {"dataset": view.dataset, "quick": quick, "asked": _asked(view)}


def reporting(view: View) -> dict[str, object]:
    """The arguments of the report."""
    return {"dataset": view.dataset, "asked": _asked(view)}


def gridding(view: View) -> dict[str, object]:
    """The arguments of the grid: what it varies, or does not look at, is left out."""
    asked = _asked(view)
    service = {name: value for name, value in asked["service"].items() if name not in _VARIED}
    slo = dict.fromkeys(asked["slo"], DEFAULT_SHARE)
    return {"dataset": view.dataset, "asked": {**asked, "service": service, "slo": slo, "current_replicas": None}}


_VARIED = ("boot_seconds", "lost_request_price")


def _asked(view: View) -> dict[str, object]:
    asked = service_form.arguments_of(view)
    span = {} if view["range"] == "all" else dict(zip(("start", "end"), view.span, strict=True))
    return {name: value for name, value in asked.items() if name not in ("policy", "parameters")} | span


def kept(view: View) -> Kept | None:
    """The best comparison of a view that is there, without asking for one."""
    answers = context().answers
    for quick in (False, True):
        found = answers.find(answers.key(TUNED.task, view.version, comparing(view, quick=quick)))
        if found is not None:
            return Kept(found, not quick)
    return None


def pair_names(view: View, digest: Mapping) -> tuple[str, str]:
    """The two policies that a view looks at.

    Where it names none that the digest has, the one looked at is the policy chosen for scaling, if one was, and else
    that of the verdict; it is held against the reference.
    """
    brief, runs = digest["brief"], digest["runs"]
    chosen = compare.name_of(view["policy"], compare.TUNED) if view["policy"] != view.defaults["policy"] else None
    first = next((name for name in (view["first"], chosen) if name in runs), brief["policy"])
    return first, view["second"] if view["second"] in runs else brief["reference"]


def address(view: View, path: str) -> str:
    """The address of a download for all that the view says."""
    said = {name: value for name, value in view.values.items() if value != view.defaults[name]}
    return f"{path}?{urlencode(said)}" if said else path
