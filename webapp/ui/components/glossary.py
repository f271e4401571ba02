"""The terms of the trade, each in a sentence: a tooltip where one stands, a list in the help."""

from __future__ import annotations

import re

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

TERMS = {
    "backtest": "Forecasts made from every past moment with what was known then, compared with what came.",
    "baseline": "A simple rule, such as 'same time yesterday', that a model must beat to be worth its trouble.",
    "bin": "A span of 1, 5 or 15 minutes whose requests are counted together.",
    "binding term": "The part of a policy that decided: forecast, reactive guard, floor, stabilization or a limit.",
    "boot time": "From the moment a replica is ordered until it serves requests.",
    "burst": "A short rise far above what is usual around it.",
    "capacity": "Requests that one replica can serve in a minute; what exceeds all replicas' is unmet.",
    "cooldown": "Time after a change of replicas in which no further change is made.",
    "coverage": "The share of true values inside an interval; for an 80 % interval it should be near 80 %.",
    "frontier": "The best pairs of cost and missed requests that a policy reaches over all its settings.",
    "gate": "Whether the forecast may decide now: it may while it has been right lately.",
    "hindsight": "Chosen with knowledge of the days judged: a yardstick, not a choice somebody could have made.",
    "horizon": "How many bins ahead a forecast reaches.",
    "lead time": "Time between a decision and the first request that a replica ordered by it serves.",
    "MAE": "Mean absolute error: how far a forecast is off on average, in requests per bin.",
    "MASE": "The mean absolute error as a share of that of 'same time yesterday' in training; below 1 is better.",
    "model card": "What a model set learnt from and until when, and how good it was on which days.",
    "model set": "Models for one or more timeframes that were trained together on one series.",
    "optimum": "The cheapest plan for somebody who knew all demand beforehand; nobody can do better.",
    "origin": "The last known bin when a forecast is made.",
    "quantile": "A value that demand stays below with a given probability: below the 95 % quantile 95 times in 100.",
    "regret": "How much more a policy cost than the optimum, lost requests included.",
    "replica": "One running copy of the service.",
    "RMSE": "Root mean squared error: like the mean error, but large misses weigh more; in requests per bin.",
    "saving": "How much less a policy costs than the best tuned reactive rule at the same share of missed requests.",
    "sMAPE": "Symmetric mean absolute percentage error, from 0 to 200 %.",
    "SLO": "Service level objective: the share of requests, or of minutes, that may go unmet.",
    "stabilization window": "Time over which the highest recommendation counts, so that none is removed too soon.",
    "target utilisation": "The share of its capacity that a replica should use.",
    "test days": "Days after the last one that a model learnt from: what it says of them is a fair trial.",
    "unmet requests": "Requests that came when all replicas were at their capacity.",
    "validation days": "Days held out at first: they choose how long a model learns and how wide its intervals are.",
    "WQL": "Weighted quantile loss: how good all quantiles are, relative to the traffic; lower is better.",
    "zero-shot": "A forecast by models that never saw this series in training.",
}


def term(name: str, text: str | None = None) -> Component:
    """A term with its meaning as a tooltip; raises KeyError for one that the glossary lacks."""
    return html.Abbr(text or name, title=TERMS[name], className="term", tabIndex="0")


def with_terms(text: str, *names: str) -> list[Component | str]:
    """A text in which each of these terms is marked where it stands first, in the plural too."""
    parts: list[Component | str] = []
    left = set(names)
    for part in re.split(rf"\b((?:{'|'.join(map(re.escape, names))})s?)\b", text):
        name = part if part in names else part.removesuffix("s")
        parts.append(term(name, part) if name in left else part)
        left.discard(name)
    return [part for part in parts if part != ""]


def help_panel() -> Component:
    """The panel that the question mark opens."""
    entries = [part for name in sorted(TERMS, key=str.lower) for part in (html.Dt(name), html.Dd(TERMS[name]))]
    keys = html.P("A chart zooms where you drag, and shows all of it again after a double click.")
    return dbc.Offcanvas(
        [keys, html.Dl(entries)], id="help", title="Terms and keys", placement="end", is_open=False, class_name="help"
    )
