"""The page's numbers and names in words."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.config.objective import MAX_UNMET_SHARE
from forecasting.timeseries.formatting import number
from webapp.ui.figures.theme import POLICY_DASHES, POLICY_ROLES

_PARAMETERS = {
    "target_percent": "target {} %",
    "guard_percent": "guard {} %",
    "upper_percent": "above {} %",
    "lower_percent": "below {} %",
    "cooldown_seconds": "cooldown {} s",
    "scale_in_window_seconds": "window {} s",
    "quantile": "quantile {}",
    "headroom": "headroom {} × √demand",
    "alpha": "weight {}",
    "factor": "{} × the highest",
    "bins": "of {} bins",
    "replicas": "{} replicas",
}
_DOTTED = ("dot", "dashdot", "longdashdot")


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Parameters as people say them: `quantile 0.729, guard 90 %, window 300 s`."""
    said = [text.format(number(parameters[name])) for name, text in _PARAMETERS.items() if name in parameters]
    return ", ".join(said + (["not gated"] if parameters.get("gated") == 0 else []))


def saving_words(row: Mapping, reference: str) -> tuple[str, str]:
    """(the saving, its interval) of a row in as few words as a card has room for."""
    if row["policy"] == reference:
        return "The reference", "what savings are measured against"
    if row["hindsight"]:
        return "–", "a yardstick: it knew the days judged"
    if row["saving"] is None:
        return "Not comparable", "the reference never misses as little or as much"
    words = f"{100 * abs(row['saving']):.1f} % {'cheaper' if row['saving'] >= 0 else 'dearer'}"
    if row["saving_low"] is None:
        return words, "too few days for an interval"
    interval = interval_words(row)
    return (words if row["clear_difference"] else "No clear difference"), interval


def interval_words(row: Mapping) -> str:
    """The 95 % interval of a saving, turned around where it is a clear loss: `95 % interval 0.2 to 5.1 %`."""
    low, high = row["saving_low"], row["saving_high"]
    if row["clear_difference"] and row["saving"] < 0:
        low, high = -high, -low
    return f"95 % interval {_signed(low)} to {_signed(high)} %"


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "−")


def objective_words(digest: Mapping) -> str:
    """The objective: `at most 1 % of requests unmet`."""
    ((kind, share),) = digest["slo"].items()
    of = "requests unmet" if kind == MAX_UNMET_SHARE else "minutes under"
    return f"at most {number(100 * share)} % of {of}"


def span_words(digest: Mapping) -> str:
    """The days judged and those tuned on."""
    judged, tuned = digest["judged"], digest["tuned_on"]
    return f"judged on {_days(judged)}, tuned on {_days(tuned)}"


def _days(period: Mapping[str, str]) -> str:
    return f"{period['start'][:16]} to {period['end'][:16]}"


def swatch(family: str) -> Component:
    """A stroke in the colour and dash of a policy."""
    dash = POLICY_DASHES.get(family, "solid")
    style = "solid" if dash == "solid" else "dotted" if dash in _DOTTED else "dashed"
    return html.Span(className=f"swatch {style} of-{POLICY_ROLES.get(family, 'muted')}", **{"aria-hidden": "true"})


def row_of(digest: Mapping, policy: str) -> Mapping:
    """The row of a policy."""
    return next(row for row in digest["policies"] if row["policy"] == policy)


def unbroken(text: str) -> str:
    """The text with a number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")
