"""The technical terms, each explained in a sentence: as a tooltip at its use, and as a list in the help."""

from __future__ import annotations

import re

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

TERMS = {
    "actual": "The number of requests that a bin really had, as opposed to the forecast of it.",
    "backtest": "Forecasts made at past moments with only the data of that time, compared with the actuals.",
    "baseline": "A simple method, such as 'same time yesterday', that a model must beat to be worth using.",
    "bin": "A period of fixed length, such as 1, 5 or 15 minutes, whose requests are counted together.",
    "burst": "A short rise far above the usual level around it.",
    "calendar": "Planned events and holidays for which you set a minimum number of replicas.",
    "capacity": "Requests that one replica can serve in a minute. What exceeds the capacity of all replicas is unmet.",
    "cooldown": "Time after a change of replicas in which no further change is made.",
    "coverage": "The share of actuals inside an interval; it should be near 80 % for an 80 % interval.",
    "deciding rule": "What made the last change in a bin: forecast, reactive rule, calendar, stabilization or limit.",
    "frontier": "The best combinations of cost and unmet requests that a policy reaches with any settings.",
    "hindsight": "Chosen with knowledge of the evaluation days: for comparison only, nobody could have chosen it.",
    "horizon": "How many steps ahead a forecast reaches; a step is one bin.",
    "lead time": "Time between a decision and the first request that a replica started by it serves.",
    "MAE": "Mean absolute error: how far a forecast is off on average, in requests per bin.",
    "MASE": "The mean absolute error divided by that of 'same time yesterday' in training; below 1 is better.",
    "model card": "What a model set was trained on, until when, and how accurate it is on which days.",
    "model set": "Models for one or more bin lengths that were trained together on one series.",
    "optimum": "The cheapest plan that knows all demand in advance; nothing can do better.",
    "origin": "The last bin whose actual a forecast uses; the forecast starts after it.",
    "quantile": "A value that demand stays below with a given probability: below the 95 % quantile 95 times in 100.",
    "regret": "How much more a policy cost than the optimum, unmet requests included.",
    "replica": "One running copy of the service.",
    "RMSE": "Root mean squared error: like the mean error, but large errors weigh more; in requests per bin.",
    "saving": "How much less a policy costs than the best tuned reactive policy at the same service level.",
    "sMAPE": "Symmetric mean absolute percentage error, from 0 to 200 %.",
    "SLO": "Service level objective: the share of requests that may be unmet, or of minutes under-provisioned.",
    "stabilization window": "Time over which the highest recommendation counts: replicas are not removed too soon.",
    "start-up time": "Time from the decision to start a replica until it is ready to serve requests.",
    "target utilisation": "The share of its capacity that a replica should use.",
    "test days": "Days after the last one used in training: the errors on them are a fair test of a model.",
    "trust check": "Whether the forecast has been accurate lately. If it fails, the policy does not use the forecast.",
    "unmet requests": "Requests that arrived when all replicas were at full capacity.",
    "validation days": "Days held out of training at first, to choose how long to train and how wide intervals are.",
    "WQL": "Weighted quantile loss: how accurate all quantiles are, relative to the traffic; lower is better.",
    "zero-shot": "A forecast by models that were not trained on this series.",
}


def term(name: str, text: str | None = None) -> Component:
    """Return a term with its meaning as a tooltip; raises KeyError if the glossary does not have it."""
    return html.Abbr(text or name, title=TERMS[name], className="term", tabIndex="0")


def with_terms(text: str, *names: str) -> list[Component | str]:
    """Return a text in which the first use of each of these terms, also in the plural, has a tooltip."""
    parts: list[Component | str] = []
    left = set(names)
    for part in re.split(rf"\b((?:{'|'.join(map(re.escape, names))})s?)\b", text):
        name = part if part in names else part.removesuffix("s")
        parts.append(term(name, part) if name in left else part)
        left.discard(name)
    return [part for part in parts if part != ""]


def help_panel() -> Component:
    """Return the panel that the question mark opens."""
    entries = [part for name in sorted(TERMS, key=str.lower) for part in (html.Dt(name), html.Dd(TERMS[name]))]
    keys = html.P("Drag across a chart to zoom in; double-click to show all of it again.")
    return dbc.Offcanvas(
        [keys, html.Dl(entries)], id="help", title="Glossary", placement="end", is_open=False, class_name="help"
    )
