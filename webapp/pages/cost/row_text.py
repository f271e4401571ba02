"""Policies, their settings, savings and periods as the page writes them."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.saving_text import UNCLEAR, interval_words, less
from forecasting.scaling.config.objective import Objective
from forecasting.timeseries.formatting import UNKNOWN, duration, exact, quantity
from webapp.ui.figures.theme import POLICY_DASHES, POLICY_ROLES

_PARAMETERS = {
    "target_percent": "target {} %",
    "price_of_unmet": "an unmet request is worth {} times serving it",
    "upper_percent": "scale out above {} %",
    "lower_percent": "scale in below {} %",
    "cooldown_seconds": "cooldown {}",
    "scale_in_window_seconds": "stabilization window {}",
    "quantile": "quantile {}",
    "headroom": "headroom {} × √demand",
    "alpha": "weight {} of the last bin",
    "factor": "{} × the highest",
    "bins": "of the last {}",
    "replicas": "{}",
}
_COUNTED = {"bins": "bin", "replicas": "replica"}
_DOTTED = ("dot", "dashdot", "longdashdot")


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Return parameters as text: `quantile 0.729, reactive safety net 90 %, stabilization window 5 min`."""
    texts = [text.format(_value(name, parameters[name])) for name, text in _PARAMETERS.items() if name in parameters]
    return ", ".join(texts + (["forecast always trusted"] if parameters.get("gated") == 0 else []))


def _value(name: str, value: float) -> str:
    if name in _COUNTED:
        return quantity(value, _COUNTED[name])
    return duration(value) if name.endswith("_seconds") else exact(value, 3)


def saving_of(row: Mapping) -> Saving:
    """Return the saving of a row."""
    return Saving(row["saving"], row["saving_low"], row["saving_high"])


def saving_card(row: Mapping, reference: str) -> tuple[str, str]:
    """Return the saving of a row and its interval, each short enough for a card."""
    if row["policy"] == reference:
        return "The reference", "savings are measured against it"
    if row["hindsight"]:
        return UNKNOWN, "for comparison only: it used the evaluation days"
    saving = saving_of(row)
    if saving.saving is None:
        return "Not comparable", "the reference never reaches the same service level"
    unclear = f"{UNCLEAR}, " if saving.interval is not None and not saving.clear else ""
    words = less(saving.saving)
    return words[:1].upper() + words[1:], f"{unclear}{interval_words(saving)}"


def objective_words(result: Mapping) -> str:
    """Return the objective: `at most 1 % of requests unmet`."""
    return str(Objective.of(result["slo"]))


def span_words(result: Mapping) -> str:
    """Return the evaluation days and the tuning days."""
    return f"evaluated on {_days(result['judged'])} and tuned on {_days(result['tuned_on'])}"


def _days(period: Mapping[str, str]) -> str:
    return f"{period['start'][:16]} to {period['end'][:16]}"


def swatch(family: str) -> Component:
    """Return a stroke in the colour and dash of a policy."""
    dash = POLICY_DASHES.get(family, "solid")
    style = "solid" if dash == "solid" else "dotted" if dash in _DOTTED else "dashed"
    return html.Span(className=f"swatch {style} of-{POLICY_ROLES.get(family, 'muted')}", **{"aria-hidden": "true"})


def row_of(result: Mapping, policy: str) -> Mapping:
    """Return the row of a policy."""
    return next(row for row in result["policies"] if row["policy"] == policy)


def unbroken(text: str) -> str:
    """Keep a number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")
