"""Manifests for a cluster: a KEDA ScaledObject and a plain HorizontalPodAutoscaler, to adapt and apply.

Both let the HPA divide the forecast demand by what one replica may serve (`AverageValue`: independent of the replicas
that run; with `Value` the HPA would multiply by them) and set a reactive safety net beside it that follows the actuals.
The HPA takes the larger of the two. Never fewer than one replica, for a scaler that fails would otherwise scale to
zero, unless the service may do so.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import numpy as np
import yaml

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.scaled_service import PRESET_MEDIAN_REPLICAS, ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.policies.policy import GUARD_PERCENT, REACTIVE_PERCENT, WINDOW
from forecasting.scaling.recommendation.calendar_triggers import CronTriggers

POLLING_SECONDS = 30
FAILURES_UNTIL_FALLBACK = 3

SCALE_IN_PERCENT, SCALE_IN_PERIOD_SECONDS = 10, 60
SMALLEST_TARGET_RPS = 0.001
"""Kubernetes counts metrics in thousandths."""

RECOMMENDATION_PATH = "/scaling/recommendation/"
DEMAND_METRIC, GUARD_METRIC = "forecast_demand_rps", "http_requests_per_second"

_LABEL_LENGTH = 63
KEY_HEADER, _KEY_SUFFIX = "X-API-Key", "-dataflow-key"
KEY_NOTE = (
    "authenticationRef: this server has users, so KEDA sends a key. Create one for this service alone and store it: "
    "kubectl create secret generic {secret} --from-literal=key="
    '"$(dataflow keys add keda --quiet --scope recommendation --service {service})"'
)
_GENTLE_NOTE = (
    f"scaleDown: {SCALE_IN_PERCENT} % a minute, gentler than the simulations here, which have Kubernetes' 100 %."
)
_TOLERANCE_NOTE = (
    "tolerance: 0 needs Kubernetes 1.33 or later with the feature gate HPAConfigurableTolerance. Without it remove "
    "both lines: changes within 10 % of the running replicas are then ignored.",
)


def keda(
    name: str,
    service: ScaledService,
    configuration: Configuration,
    url: str,
    events: CronTriggers | None = None,
    assumptions: Sequence[str] = (),
    *,
    with_key: bool = False,
) -> str:
    """Return a KEDA ScaledObject as YAML, which polls the recommendation of data set `name` at this server's `url`.

    The reactive policy and a fixed number need no server, so theirs does not poll. `events` are the calendar's
    triggers; `assumptions` go into the comment. `with_key` adds the TriggerAuthentication with which KEDA sends a key.
    Raises InputError for a url that is no http address, and for a capacity that Kubernetes cannot count.
    """
    label, polls = kubernetes_name(name), _polls(configuration)
    manifest = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": label},
        "spec": {
            "scaleTargetRef": {"name": label},
            "pollingInterval": POLLING_SECONDS,
            "minReplicaCount": _least(service, configuration),
            "maxReplicaCount": _most(service, configuration),
            "fallback": {
                "failureThreshold": FAILURES_UNTIL_FALLBACK,
                "replicas": service.within_limits(configuration.current_replicas or PRESET_MEDIAN_REPLICAS),
                "behavior": "currentReplicasIfHigher",
            },
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(configuration)}},
            "triggers": _triggers(name, service, configuration, url, events, with_key=with_key),
        },
    }
    polled = (
        "url: this server as the cluster reaches it. It answers 503 when its data is stale; then the fallback and the "
        "second trigger decide.",
    )
    notes = (
        f"scaleTargetRef: the Deployment to scale, here {label}.",
        *(polled if polls else ()),
        *((KEY_NOTE.format(secret=_key_name(label), service=name),) if polls and with_key else ()),
        f"serverAddress and query: your Prometheus, requests per second. {_role(configuration)}",
        *(events.notes if events else ()),
        *((ZERO_NOTE,) if _least(service, configuration) == 0 else ()),
    )
    text = _document(manifest, name, service, configuration, (*notes, *assumptions))
    return f"{text}---\n{_yaml(_trigger_authentication(label))}" if polls and with_key else text


def _key_name(label: str) -> str:
    """Return the name of the Secret with the key, and of the TriggerAuthentication that reads it."""
    return f"{label[: _LABEL_LENGTH - len(_KEY_SUFFIX)].rstrip('-')}{_KEY_SUFFIX}"


def _trigger_authentication(label: str) -> dict[str, object]:
    """Let KEDA read the key of this server from a Secret."""
    name = _key_name(label)
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {"name": name},
        "spec": {"secretTargetRef": [{"parameter": "apiKey", "name": name, "key": "key"}]},
    }


def _triggers(
    name: str,
    service: ScaledService,
    configuration: Configuration,
    url: str,
    events: CronTriggers | None,
    *,
    with_key: bool,
) -> list[dict[str, object]]:
    """The forecast demand that this server tells, the actual demand, and the events of the calendar."""
    address = _address(url)
    guard = {
        "serverAddress": "http://prometheus:9090",
        "query": f'sum(rate(http_requests_total{{app="{kubernetes_name(name)}"}}[2m]))',
        "threshold": _actual_target(service, configuration),
        "ignoreNullValues": "false",
    }
    forecast = {
        "url": address + RECOMMENDATION_PATH + name,
        "format": "json",
        "valueLocation": "recommendation.demand_rps",
        "targetValue": _target(service),
    }
    poll: dict[str, object] = {"type": "metrics-api", "metricType": "AverageValue", "metadata": forecast}
    if with_key:
        forecast |= {"authMode": "apiKey", "method": "header", "keyParamName": KEY_HEADER}
        poll["authenticationRef"] = {"name": _key_name(kubernetes_name(name))}
    actual: dict[str, object] = {"type": "prometheus", "metricType": "AverageValue", "metadata": guard}
    return [*([poll] if _polls(configuration) else []), actual, *(events.triggers if events else [])]


def hpa(name: str, service: ScaledService, configuration: Configuration, assumptions: Sequence[str] = ()) -> str:
    """Return an `autoscaling/v2` HorizontalPodAutoscaler as YAML, for a cluster whose metrics adapter has the demand.

    Raises InputError for a capacity that Kubernetes cannot count.
    """
    label, polls = kubernetes_name(name), _polls(configuration)
    demand = [_external(DEMAND_METRIC, label, _target(service))] if polls else []
    manifest = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": label},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": label},
            "minReplicas": max(1, _least(service, configuration)),
            "maxReplicas": _most(service, configuration),
            "metrics": [*demand, _external(GUARD_METRIC, label, _actual_target(service, configuration))],
            "behavior": _behavior(configuration),
        },
    }
    polled = (
        f"{DEMAND_METRIC}: recommendation.demand_rps of GET {RECOMMENDATION_PATH}{name}, through an adapter of "
        "external metrics that has no value where that answers other than 200. While one of the two metrics is missing "
        "nothing is scaled in.",
    )
    notes = (
        f"scaleTargetRef: the Deployment to scale, here {label}.",
        *(polled if polls else ()),
        f"{GUARD_METRIC}: the actual requests per second, from your monitoring. {_role(configuration)}",
        *((CALENDAR_NOTE,) if configuration.schedule and not polls else ()),
        *((NO_ZERO_NOTE,) if service.scales_to_zero else ()),
    )
    return _document(manifest, name, service, configuration, (*notes, *assumptions))


ZERO_NOTE = (
    "minReplicaCount: 0 scales to zero when no requests are expected and none arrive. KEDA wakes the service up when "
    "either trigger is above 0, at most pollingInterval later; requests wait for, or miss, one start-up."
)
NO_ZERO_NOTE = "minReplicas: an HPA cannot scale to zero, so this is 1. Use the KEDA form for that."
CALENDAR_NOTE = "The calendar is not part of an HPA: use the KEDA form, whose cron triggers have it."

_WITHOUT_SERVER = (policy_names.REACTIVE, policy_names.FIXED)
"""Policies that a cluster carries out alone."""


def _polls(configuration: Configuration) -> bool:
    return configuration.policy not in _WITHOUT_SERVER


def _least(service: ScaledService, configuration: Configuration) -> int:
    """The minimum of a ScaledObject: KEDA can scale to zero, by the demand that this server tells."""
    return _fixed(configuration) or max(0 if _polls(configuration) else 1, service.min_replicas)


def _most(service: ScaledService, configuration: Configuration) -> int:
    return _fixed(configuration) or service.max_replicas


def _fixed(configuration: Configuration) -> int:
    """The replicas of a fixed policy whose number is given; 0 for any other."""
    is_fixed = configuration.policy == policy_names.FIXED
    return int(configuration.parameters.get("replicas", 0)) if is_fixed else 0


def _actual_target(service: ScaledService, configuration: Configuration) -> str:
    """Requests a second and replica at which the actual traffic alone decides."""
    if configuration.policy == policy_names.REACTIVE:
        percent = configuration.parameters.get("target_percent", REACTIVE_PERCENT)
    else:
        percent = configuration.parameters.get("guard_percent", GUARD_PERCENT)
    return _number(service.capacity_rps * percent / 100)


def _role(configuration: Configuration) -> str:
    """What the actual traffic is for in a manifest, as a sentence."""
    if configuration.policy == policy_names.REACTIVE:
        percent = configuration.parameters.get("target_percent", REACTIVE_PERCENT)
        return f"It decides alone, at {percent:g} % of a replica's capacity."
    if configuration.policy == policy_names.FIXED:
        return "It cannot change a fixed number; a Deployment with that many replicas does the same."
    percent = configuration.parameters.get("guard_percent", GUARD_PERCENT)
    return f"It is the reactive safety net, at {percent:g} % of a replica's capacity."


def kubernetes_name(name: str) -> str:
    """Return a data set's name as an RFC 1123 label: 1 to 63 of a-z, 0-9 and '-', a letter or digit first and last."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LABEL_LENGTH].strip("-")
    return label or "service"


def _external(metric: str, label: str, target: str) -> dict[str, object]:
    selector = {"matchLabels": {"service": label}}
    return {
        "type": "External",
        "external": {
            "metric": {"name": metric, "selector": selector},
            "target": {"type": "AverageValue", "averageValue": target},
        },
    }


def _behavior(configuration: Configuration) -> dict[str, object]:
    """The behavior as given, else out at once and in slowly; `tolerance` belongs to a direction, not to a policy."""
    window = configuration.window_seconds
    if configuration.behavior is not None:
        given = configuration.behavior.to_kubernetes()
        exact = {} if configuration.policy == policy_names.REACTIVE else {"tolerance": 0}
        return {
            "scaleUp": {"stabilizationWindowSeconds": 0, **exact, **given["scaleUp"]},
            "scaleDown": {"stabilizationWindowSeconds": window, **exact, **given["scaleDown"]},
        }
    if configuration.policy == policy_names.REACTIVE:
        return {"scaleDown": {"stabilizationWindowSeconds": int(configuration.parameters.get(WINDOW, window))}}
    slowly = {"type": "Percent", "value": SCALE_IN_PERCENT, "periodSeconds": SCALE_IN_PERIOD_SECONDS}
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "tolerance": 0},
        "scaleDown": {"stabilizationWindowSeconds": window, "tolerance": 0, "policies": [slowly]},
    }


def _target(service: ScaledService) -> str:
    return _number(service.capacity_rps * service.target_utilisation)


def _number(rps: float) -> str:
    """Return a plain decimal number of six digits, which is valid in KEDA's strings and as a Kubernetes quantity."""
    if rps < SMALLEST_TARGET_RPS:
        raise InputError(
            f"service.capacity_rps must be at least {SMALLEST_TARGET_RPS} usable requests a second for a manifest (got "
            f"{rps:g}): Kubernetes counts in thousandths.",
            field="service.capacity_rps",
        )
    return np.format_float_positional(rps, precision=6, unique=False, fractional=False, trim="-")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        is_address = False
    if not is_address or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise InputError(f"url must be an address such as http://dataflow:8000 (got {url!r}).", field="url")
    return url.rstrip("/")


def _document(
    manifest: Mapping[str, object],
    name: str,
    service: ScaledService,
    configuration: Configuration,
    notes: Sequence[str],
) -> str:
    head = f"Scales {name} by {configuration.policy} with {configuration.model_type}, {configuration.slo}."
    is_reactive = configuration.policy == policy_names.REACTIVE
    usual = () if is_reactive or configuration.behavior else (_GENTLE_NOTE,)
    exact = () if is_reactive else (_TOLERANCE_NOTE,)
    texts = [f"{head} Adapt before you apply:", *(f"- {note}" for note in (*notes, *usual, *exact))]
    if service.demand_multiplier != 1.0:
        texts.append(f"- The forecast is for {service.demand_multiplier:g} times the actual traffic (a what-if).")
    lines = [
        line for text in texts for line in textwrap.wrap(text, 100, subsequent_indent="  " if text[0] == "-" else "")
    ]
    comment = "".join(f"# {line}\n" for line in lines)
    return comment + _yaml(manifest)


def _yaml(manifest: Mapping[str, object]) -> str:
    return yaml.safe_dump(manifest, sort_keys=False, width=100)
