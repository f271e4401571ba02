"""The fields of the form. Label, help, unit and range of a number come from its definition."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.inventory import cards_of
from forecasting.scaling.config.objective import DEFAULT_SHARE, Objective
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.timeseries.timeframes import HOUR
from forecasting.validation import description_of
from webapp.app.context import context
from webapp.ui.address import View
from webapp.ui.components.field import choice_field, number_field
from webapp.ui.components.glossary import term
from webapp.ui.page_frame import control_id, segments
from webapp.ui.service_form.configuration import number_in, proposed_service
from webapp.ui.service_form.keys import AUTOMATIC, FIELD_KEYS, MINUTES, PERCENT, REQUESTS
from webapp.ui.service_form.policy_keys import (
    BUDGET_CHOICES,
    PARAMETER_KEYS,
    POLICY_FIELDS,
    POLICY_NAMES,
    QUANTILE_GOAL,
    SLO_GOAL,
)

_TERMS = {
    "utilisation": "target utilisation",
    "boot": "start-up time",
    "window": "stabilization window",
    "cooldown": "cooldown",
    "quantile": "quantile",
}
"""Keys whose label is a term of the glossary."""

_LEAST_OF = {REQUESTS: Objective.of_share(DEFAULT_SHARE), MINUTES: Objective.of_share(DEFAULT_SHARE, of_requests=False)}


def form(view: View, *, with_policy: bool = True) -> Component:
    """Return the form with the values of a view; `with_policy` also the policy, its model and its parameters."""
    service = proposed_service(view)
    groups = [_capacity(view, service), _limits(view, service, with_policy), _objective(view, with_policy)]
    return html.Form(
        [_policy(view), *groups] if with_policy else groups,
        className="service-form",
        **{"aria-label": "The service, its limits and its objective"},
    )


def register(app: Dash) -> None:
    """Show only the fields of the chosen policy. Once an application, whichever pages have the form."""
    app.clientside_callback(
        ClientsideFunction("service_form", "fields"),
        Output({"type": "policy-field", "key": ALL, "of": ALL}, "hidden"),
        Input({"type": "control", "key": ALL}, "value"),
        State({"type": "control", "key": ALL}, "id"),
        State({"type": "policy-field", "key": ALL, "of": ALL}, "id"),
        prevent_initial_call=True,
    )


def _group(title: str, *fields: Component) -> Component:
    return html.Fieldset([html.Legend(title), *fields], className="form-group")


def _of_policies(view: View, key: str, child: Component) -> Component:
    """A field that only some policies have."""
    of = [policy for policy, keys in POLICY_FIELDS.items() if key in keys]
    hidden = view["policy"] not in of or (key == "quantile" and view["goal"] != QUANTILE_GOAL)
    return html.Div(child, id={"type": "policy-field", "key": key, "of": ",".join(of)}, hidden=hidden)


def _label(key: str, title: str) -> str | Component:
    return term(_TERMS[key], title) if key in _TERMS else title


def _field(
    view: View, key: str, *, slider: tuple[float, float] | None = None, proposal: float | None = None
) -> Component:
    """A number of the service, the objective or the request."""
    field = FIELD_KEYS[key]
    return number_field(
        key,
        _label(key, str(field.info.title)),
        number_in(view, key),
        unit=field.unit,
        why=description_of(field.info, field.scale, field.unit),
        proposal=proposal,
        slider=slider,
        whole=field.whole,
    )


def _parameter(view: View, key: str) -> Component:
    """A parameter of policies."""
    one = PARAMETER_KEYS[key]
    field = number_field(
        key,
        _label(key, one.label),
        number_in(view, key),
        unit=one.unit,
        slider=one.slider,
        why=one.help,
        whole=one.whole,
    )
    return _of_policies(view, key, field)


def _policy(view: View) -> Component:
    models = {name: name for name in dict.fromkeys((*MAIN_MODELS, str(view["model"])))}
    elsewhere = ("gate", "budget", "cooldown", "quantile")
    return _group(
        "Policy",
        choice_field("policy", "Policy", view["policy"], POLICY_NAMES),
        choice_field("model", "Model", view["model"], models),
        choice_field("set", "Model set", view["set"], _model_sets(view)),
        *(_parameter(view, key) for key in PARAMETER_KEYS if key not in elsewhere),
        _of_policies(view, "gate", _trust_check(view)),
        _of_policies(view, "budget", choice_field("budget", "The error budget", view["budget"], BUDGET_CHOICES)),
    )


def _model_sets(view: View) -> dict[str, str]:
    """The model sets to choose from, the chosen one among them even if it is gone."""
    names = dict.fromkeys((*cards_of(context().settings), str(view["set"])))
    return {AUTOMATIC: "the data set's own, or the shipped one", **{name: name for name in names if name != AUTOMATIC}}


def _behavior(view: View) -> Component:
    """The behavior of the HPA, as Kubernetes writes it."""
    box = dbc.Textarea(
        id=control_id("behavior"),
        value=view["behavior"],
        debounce=True,
        rows=3,
        placeholder="scaleDown: {policies: [{type: Percent, value: 10, periodSeconds: 60}]}",
        class_name="events-text",
    )
    why = "The block “behavior” of an HPA: windows, policies, selectPolicy, tolerance. Default: that of Kubernetes. "
    why += "“none” stands for the default although a behavior is stored."
    label = html.Label([html.Span("HPA behavior", className="field-label"), box], className="events-label")
    return html.Div([label, html.Small(why, className="field-why")], className="field", **{"data-field": "behavior"})


def _trust_check(view: View) -> Component:
    options = {"on": "only while it has been right lately", "off": "always"}
    return choice_field("gate", ["Trust the forecast (", term("trust check"), ")"], view["gate"], options)


def _capacity(view: View, service: ScaledService | None) -> Component:
    proposed = service.capacity_per_minute if service else None
    span = (proposed / 5, proposed * 4) if proposed else None
    return _group(
        "Capacity and start-up",
        _field(view, "capacity", proposal=proposed, slider=span),
        _field(view, "utilisation"),
        _field(view, "boot", slider=(0, 1800)),
        _field(view, "price"),
    )


def _limits(view: View, service: ScaledService | None, with_policy: bool) -> Component:
    fields = [
        _field(view, "min"),
        _field(view, "max", proposal=service.max_replicas if service else None),
        _field(view, "replicas"),
    ]
    if with_policy:
        window = _of_policies(view, "window", _field(view, "window", slider=(0, HOUR)))
        fields += [window, _parameter(view, "cooldown"), _behavior(view)]
    return _group("Limits and cooldown", *fields)


def _objective(view: View, with_policy: bool) -> Component:
    kinds = {kind: f"of {objective.limited}" for kind, objective in _LEAST_OF.items()}
    at_most = number_field(
        "slo", term("SLO", "At most"), number_in(view, "slo"), unit="%", why=f"Default: {PERCENT * DEFAULT_SHARE:g} %"
    )
    fields = [
        at_most,
        choice_field("kind", html.Span("Objective of", className="visually-hidden"), view["kind"], kinds),
        _field(view, "lost"),
    ]
    if with_policy:
        goals = {SLO_GOAL: "the objective", QUANTILE_GOAL: "a quantile"}
        goal = segments("goal", "The forecast is used at", goals, str(view["goal"]))
        fields += [_of_policies(view, "goal", goal), _parameter(view, "quantile")]
    return _group("Objective", *fields)
