"""The service form: what is scaled, by which rule and to which goal, as keys of the URL, as fields, as a question.

Several pages ask about the same service. What a field does not say is what is stored for the data set, else proposed
from its traffic (`scaled_service.preset`). Percentages are percents in the URL, times are seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component
from flask import g

from forecasting.catalog import DatasetInfo
from forecasting.errors import ForecastingError
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.scaling.config import policy_names, request
from forecasting.scaling.config.objective import KINDS, MAX_MINUTES_UNDER_SHARE, MAX_UNMET_SHARE
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import MAX_REPLICAS, ScaledService
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.scaling.policies.behavior import MAX_WINDOW_SECONDS, SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.policies.policy import GUARD_PERCENT, REACTIVE_PERCENT
from forecasting.settings import Settings
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE
from webapp.app.context import context
from webapp.ui.address import Key, View, number, one_of, whole
from webapp.ui.components.field import choice_field, number_field
from webapp.ui.components.glossary import term
from webapp.ui.page_frame import segments

SLO_GOAL, QUANTILE_GOAL = "slo", "quantile"
KIND_NAMES = {MAX_UNMET_SHARE: "unmet", MAX_MINUTES_UNDER_SHARE: "under"}
"""Kinds of objective as the URL has them."""

LARGEST = 1e9


def stored_of(name: str) -> Configuration:
    """What is stored for a data set, read once a request."""
    read = g.setdefault("stored_configuration", {})
    if name not in read:
        read[name], _ = stored_configuration(context().catalog, name)
    return read[name]


def _stored(pick: Callable[[Configuration], object]) -> Callable[[DatasetInfo], object]:
    """A default that what is stored for the data set says."""
    return lambda info: pick(stored_of(info.name))


def _stored_field(name: str, otherwise: object = None) -> Callable[[DatasetInfo], object]:
    return _stored(lambda choices: choices.service.get(name, otherwise))


def _stored_capacity(choices: Configuration) -> float | None:
    per_second = choices.service.get("capacity_rps")
    return choices.service.get("capacity_per_minute") if per_second is None else per_second * MINUTE


def _stored_boot(choices: Configuration) -> float:
    return ScaledService.of(**{"capacity_per_minute": 1.0, **_fitting(choices.service)}).boot_seconds


def _fitting(service: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in service.items() if name.endswith("_seconds")}


def _stored_utilisation(choices: Configuration) -> float:
    return 100.0 * choices.service.get("target_utilisation", 1.0)


SERVICE_KEYS: tuple[Key, ...] = (
    Key("policy", one_of(*policy_names.DEPLOYABLE), _stored(lambda choices: choices.policy)),
    Key("model", one_of(*MODEL_NAMES), _stored(lambda choices: choices.model_type)),
    Key("capacity", number(1e-6, LARGEST), _stored(_stored_capacity), of_dataset=True),
    Key("utilisation", number(1, 100), _stored(_stored_utilisation), of_dataset=True),
    Key("boot", number(0, DAY), _stored(_stored_boot), of_dataset=True),
    Key("price", number(0, 1e6), _stored_field("price_per_hour", ScaledService.price_per_hour), of_dataset=True),
    Key("min", whole(1, MAX_REPLICAS), _stored_field("min_replicas", ScaledService.min_replicas), of_dataset=True),
    Key("max", whole(1, MAX_REPLICAS), _stored_field("max_replicas"), of_dataset=True),
    Key("replicas", whole(0, MAX_REPLICAS), _stored(lambda choices: choices.current_replicas), of_dataset=True),
    Key("kind", one_of(*KIND_NAMES.values()), _stored(lambda choices: KIND_NAMES[choices.slo.kind])),
    Key("slo", number(0.001, 99.9), _stored(lambda choices: 100.0 * choices.slo.share)),
    Key("lost", number(0, 1e6), _stored_field("lost_request_price"), of_dataset=True),
    Key("goal", one_of(SLO_GOAL, QUANTILE_GOAL), SLO_GOAL),
    Key("quantile", number(1, 99.99), 95.0),
    Key("target", number(1, 100), float(REACTIVE_PERCENT)),
    Key("guard", number(1, 100), float(GUARD_PERCENT)),
    Key("gate", one_of("on", "off"), "on"),
    Key("window", whole(0, MAX_WINDOW_SECONDS), SCALE_IN_WINDOW_SECONDS),
    Key("cooldown", whole(0, DAY), 300),
    Key("upper", number(1, 100), 80.0),
    Key("lower", number(0, 100), 40.0),
    Key("headroom", number(0, LARGEST), of_dataset=True),
    Key("smoothing", number(0.001, 1), 0.2),
    Key("factor", number(0.01, 100), 1.0),
    Key("lookback", whole(1, DAY // MINUTE), 5),
    Key("fixed", whole(1, MAX_REPLICAS), of_dataset=True),
)
"""capacity: requests a minute and replica. utilisation, slo, quantile, target, guard, upper, lower: percent. boot,
window, cooldown: seconds. price: of a replica-hour. lost: of an unmet request. lookback: bins. None: as proposed."""

_PARAMETERS: dict[str, tuple[str, Callable]] = {
    "quantile": ("quantile", lambda percent: percent / 100.0),
    "target": ("target_percent", float),
    "guard": ("guard_percent", float),
    "gate": ("gated", lambda word: int(word == "on")),
    "cooldown": ("cooldown_seconds", float),
    "upper": ("upper_percent", float),
    "lower": ("lower_percent", float),
    "headroom": ("headroom", float),
    "smoothing": ("alpha", float),
    "factor": ("factor", float),
    "lookback": ("bins", float),
    "fixed": ("replicas", float),
}
"""The keys that are parameters of a policy: their names in `policies.policy.RULES`, and their values."""

POLICY_FIELDS: dict[str, tuple[str, ...]] = {
    policy_names.HYBRID: ("goal", "quantile", "guard", "gate", "window"),
    policy_names.PREDICTIVE: ("goal", "quantile", "gate", "window"),
    policy_names.REACTIVE: ("target", "window"),
    policy_names.SMOOTHING: ("headroom", "smoothing"),
    policy_names.RECENT_MAX: ("factor", "lookback"),
    policy_names.TARGET_TRACKING: ("target", "cooldown"),
    policy_names.THRESHOLD: ("upper", "lower", "cooldown"),
    policy_names.SCHEDULED: ("goal", "quantile"),
    policy_names.FIXED: ("fixed",),
}
"""The fields that each policy has, policies in the order in which they are offered."""

POLICY_NAMES = {
    policy_names.HYBRID: "hybrid: forecast and guard",
    policy_names.PREDICTIVE: "predictive: forecast",
    policy_names.REACTIVE: "reactive: Kubernetes HPA",
    policy_names.SMOOTHING: "reactive:smoothing",
    policy_names.RECENT_MAX: "reactive:recent-max",
    policy_names.TARGET_TRACKING: "target-tracking: as AWS",
    policy_names.THRESHOLD: "threshold: upper and lower",
    policy_names.SCHEDULED: "scheduled: by hour of the week",
    policy_names.FIXED: "fixed number",
}


def configuration_of(view: View) -> Configuration:
    """What a view chooses for its data set: its fields in place of those that are stored.

    Raises InputError naming the fields of the service that contradict each other.
    """
    stored = stored_of(view.dataset)
    service = {
        "capacity_per_minute": view["capacity"],
        "target_utilisation": view["utilisation"] / 100.0,
        "boot_seconds": view["boot"],
        "price_per_hour": view["price"],
        "min_replicas": view["min"],
        "max_replicas": view["max"],
        "lost_request_price": view["lost"],
    }
    kind = next(kind for kind in KINDS if KIND_NAMES[kind] == view["kind"])
    return stored.overridden(
        policy=view["policy"],
        model_type=view["model"],
        service=service,
        slo={kind: view["slo"] / 100.0},
        current_replicas=view["replicas"],
    )


def store(view: View) -> None:
    """Store what a view chooses for its data set, in place of all that was stored; raises ReadOnly."""
    context().catalog.keep_configuration(view.dataset, configuration_of(view).to_dict())
    g.pop("stored_configuration", None)


def parameters_of(view: View) -> dict[str, float]:
    """The parameters that a view gives its policy, by their names in the service layer; the rest have defaults."""
    keys = [key for key in POLICY_FIELDS[view["policy"]] if key in _PARAMETERS and view[key] is not None]
    if view["goal"] != QUANTILE_GOAL:
        keys = [key for key in keys if key != "quantile"]
    return {_PARAMETERS[key][0]: _PARAMETERS[key][1](view[key]) for key in keys}


def arguments_of(view: View) -> dict[str, object]:
    """What a view asks of its data set, as JSON: what a job or the key of a kept answer takes.

    `request.request_of(series, Configuration(), settings=..., **arguments)` is the question of the view.
    """
    chosen = configuration_of(view)
    return {
        "timeframe": view.timeframe,
        "policy": chosen.policy,
        "model_type": chosen.model_type,
        "service": dict(chosen.service),
        "slo": chosen.slo.to_dict(),
        "current_replicas": chosen.current_replicas,
        "parameters": parameters_of(view),
        "scale_in_window_seconds": view["window"],
    }


def request_of(view: View, settings: Settings) -> ScalingRequest:
    """The question about the view's whole data set in its timeframe; raises InputError for what contradicts itself."""
    return request.request_of(view.series, Configuration(), settings=settings, **arguments_of(view))


def proposed_service(view: View) -> ScaledService | None:
    """The view's service with every field filled; None where it cannot be, which the answer of the page explains."""
    try:
        return configuration_of(view).service_for(view.series)
    except ForecastingError:
        return None


def form(view: View, *, with_policy: bool = True) -> Component:
    """The form with what the view says; `with_policy` also the policy, its model and parameters."""
    service = proposed_service(view)
    groups = [_capacity(view, service), _limits(view, service, with_policy), _goal(view, with_policy)]
    return html.Form(
        [_policy(view), *groups] if with_policy else groups,
        className="service-form",
        **{"aria-label": "The service, its limits and its goal"},
    )


def register(app: Dash) -> None:
    """Show only the fields that the chosen policy has. Once an application, whichever pages have the form."""
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


def _policy(view: View) -> Component:
    models = {name: name for name in dict.fromkeys((*MAIN_MODELS, view["model"]))}
    fields = {
        "target": number_field(
            "target", "Target", view["target"], unit="% of capacity", slider=(30, 100), why=WHY_TARGET
        ),
        "guard": number_field("guard", "Guard", view["guard"], unit="% of capacity", slider=(50, 100), why=WHY_GUARD),
        "upper": number_field("upper", "Add replicas above", view["upper"], unit="% of capacity", slider=(30, 100)),
        "lower": number_field("lower", "Remove below", view["lower"], unit="% of capacity", slider=(0, 90)),
        "headroom": number_field("headroom", "Headroom", view["headroom"], unit="× √demand", why=WHY_HEADROOM),
        "smoothing": number_field(
            "smoothing", "Weight of the last bin", view["smoothing"], slider=(0.05, 1), why="Default 0.2"
        ),
        "factor": number_field(
            "factor", "Times the highest", view["factor"], unit="×", slider=(0.5, 3), why="Default 1"
        ),
        "lookback": number_field(
            "lookback", "of the last", view["lookback"], unit="bins", whole=True, slider=(1, 60), why="Default 5"
        ),
        "fixed": number_field(
            "fixed", "Replicas", view["fixed"], whole=True, why="Empty: what the highest bin before needed"
        ),
        "gate": _gate(view),
    }
    return _group(
        "Policy",
        choice_field("policy", "Decides by", view["policy"], POLICY_NAMES),
        choice_field("model", "Forecasts from", view["model"], models),
        *(_of_policies(view, key, field) for key, field in fields.items()),
    )


def _gate(view: View) -> Component:
    options = {"on": "only while it has been right lately", "off": "always"}
    return choice_field("gate", ["Trust the forecast (", term("trust check"), ")"], view["gate"], options)


def _capacity(view: View, service: ScaledService | None) -> Component:
    proposed = service.capacity_per_minute if service else None
    span = (proposed / 5, proposed * 4) if proposed else None
    return _group(
        "Capacity and boot",
        number_field(
            "capacity",
            "Capacity",
            view["capacity"],
            unit="requests/min and replica",
            why=WHY_CAPACITY,
            proposal=proposed,
            slider=span,
        ),
        number_field(
            "utilisation",
            term("target utilisation", "Usable of it"),
            view["utilisation"],
            unit="%",
            why=WHY_UTILISATION,
        ),
        number_field(
            "boot", term("start-up time", "Start-up time"), view["boot"], unit="s", why=WHY_BOOT, slider=(0, 1800)
        ),
        number_field("price", "Price", view["price"], unit="$ per replica-hour", why=WHY_PRICE),
    )


def _limits(view: View, service: ScaledService | None, with_policy: bool) -> Component:
    fields = [
        number_field("min", "At least", view["min"], unit="replicas", whole=True, why="Default 1"),
        number_field(
            "max",
            "At most",
            view["max"],
            unit="replicas",
            whole=True,
            why=WHY_MAX,
            proposal=service.max_replicas if service else None,
        ),
        number_field("replicas", "Running now", view["replicas"], unit="replicas", whole=True, why=WHY_REPLICAS),
    ]
    window = number_field(
        "window",
        term("stabilization window", "Stabilization"),
        view["window"],
        unit="s",
        whole=True,
        slider=(0, HOUR),
        why=WHY_WINDOW,
    )
    cooldown = number_field(
        "cooldown",
        term("cooldown", "Cooldown"),
        view["cooldown"],
        unit="s",
        whole=True,
        slider=(0, HOUR),
        why=WHY_COOLDOWN,
    )
    if with_policy:
        fields += [_of_policies(view, "window", window), _of_policies(view, "cooldown", cooldown)]
    return _group("Limits and cooldown", *fields)


def _goal(view: View, with_policy: bool) -> Component:
    kinds = {"unmet": "of the requests unmet", "under": "of the minutes with too few replicas"}
    fields = [
        number_field("slo", term("SLO", "At most"), view["slo"], unit="%", why="Default 1 %"),
        choice_field("kind", html.Span("Objective of", className="visually-hidden"), view["kind"], kinds),
        number_field("lost", "A lost request costs", view["lost"], unit="$", why=WHY_LOST),
    ]
    if with_policy:
        goal = segments(
            "goal",
            "The forecast is read at",
            {SLO_GOAL: "what the objective asks", QUANTILE_GOAL: "a quantile"},
            view["goal"],
        )
        quantile = number_field(
            "quantile", term("quantile", "Quantile"), view["quantile"], unit="%", slider=(50, 99.5), why=WHY_QUANTILE
        )
        fields += [_of_policies(view, "goal", goal), _of_policies(view, "quantile", quantile)]
    return _group("Goal", *fields)


WHY_CAPACITY = "Measure yours. Empty: such that a typical bin needs 5 replicas"
WHY_UTILISATION = "The share at which a replica still answers well. Default 100 %"
WHY_BOOT = "Metric lag, scheduling, image and readiness; the 95th percentile, not the mean. Default 120 s"
WHY_PRICE = "Default 0.096, a list price of 2 vCPU and 8 GB"
WHY_MAX = "Empty: 1.5 times what the highest bin needs"
WHY_REPLICAS = "Empty: as an HPA at 70 % would run"
WHY_WINDOW = "The highest wish of so long counts before any is removed. Default 300 s, as Kubernetes"
WHY_COOLDOWN = "No second change within it. Default 300 s"
WHY_LOST = "Where given, it sets the forecast's quantile; tuning still keeps the objective"
WHY_QUANTILE = "The demand that is exceeded in one of 20 windows at 95 %. Higher costs more and misses less"
WHY_TARGET = "Default 70 %: 30 % is left for what comes while replicas boot"
WHY_GUARD = "Looser than a rule alone: the forecast holds the headroom already. Default 90 %"
WHY_HEADROOM = "Empty: two standard deviations of the traffic's noise"
