"""Export: the manifests with which a cluster follows the recommendation, and the call that it makes."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.errors import AssumptionsNotAccepted
from forecasting.scaling.recommendation.manifest_export import FORMS, manifest_of
from forecasting.timeseries.clock import wall_text
from webapp.app.context import context
from webapp.ui.address import View
from webapp.ui.service_form import configuration_of, stored_of

KEDA_TRAP = (
    "Keep the metric type AverageValue: with Value, the HPA would multiply by the number of running replicas. Without "
    "tolerance: 0 (Kubernetes 1.33 and later), changes within 10 % are ignored."
)
HPA_TRAP = (
    "Needs an external metrics adapter that returns no value, rather than an old one, if the call fails (any status "
    "other than 200)."
)
CURL_TRAP = "Status 503 means that the data is too old; old numbers are never returned. KEDA takes status 200 only."
DIFFERS = (
    "These manifests use the settings in the form, but the address returns recommendations for the stored settings: "
    "store them first."
)


def exports(view: View, url: str, *, accept_assumptions: bool) -> list[Component]:
    """Return KEDA, HPA and curl for a server at `url`; raises InputError if Kubernetes cannot count the capacity.

    Without a capacity there are no manifests, but the reason, unless the assumed one is accepted.
    """
    choices = configuration_of(view)
    service = choices.service_for(view.series)
    stored = stored_of(view.dataset)
    differs = stored.service_for(view.series) != service or replace(stored, service={}) != replace(choices, service={})
    curl = _part("curl", "What the cluster polls", _curl(view, url), CURL_TRAP)
    with_key = context().settings.auth != "none"
    try:
        keda, hpa = (
            manifest_of(view.series, choices, form, url, accept_assumptions=accept_assumptions, with_key=with_key)
            for form in FORMS
        )
    except AssumptionsNotAccepted as error:
        return [dbc.Alert(error.message, color="warning"), curl]
    return [
        dbc.Alert(DIFFERS, color="warning") if differs else "",
        _part("keda", "KEDA ScaledObject", keda, KEDA_TRAP),
        _part("hpa", "HorizontalPodAutoscaler", hpa, HPA_TRAP),
        curl,
    ]


def _part(name: str, title: str, text: str, trap: str) -> Component:
    source = f"scaling-export-{name}"
    copy = html.Button(
        "Copy",
        type="button",
        className="btn btn-sm btn-outline-secondary",
        **{"data-copy": source, "aria-label": f"Copy {title}"},
    )
    head = html.Div([html.H4(title, className="chart-title"), copy], className="chart-head")
    return html.Div(
        [head, html.P(trap, className="chart-summary"), html.Pre(text, id=source, className="code", tabIndex="0")]
    )


def _curl(view: View, url: str) -> str:
    address = f"{url.rstrip('/')}/scaling/recommendation/{view.dataset}"
    end = wall_text(view.series.end, view.info.time_zone)
    curl = 'curl -sS -H "X-API-Key: $KEY"' if context().settings.auth != "none" else "curl -sS"
    return (
        f"{curl} {address}\n\n# This data ends at {end}. The recommendation at that time:\n"
        f"{curl} '{address}?timeframe={view.timeframe}&as_of={quote(end, safe=':')}'"
    )
