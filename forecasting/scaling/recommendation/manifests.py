"""Manifests for a cluster: a KEDA ScaledObject and a plain HorizontalPodAutoscaler, to adapt and apply.

Both let the HPA divide the forecast demand by what one replica may serve (`AverageValue`: independent of the replicas
that run; with `Value` the HPA would multiply by them) and set a reactive safety net beside it that follows the actuals.
The HPA takes the larger of the two. Never fewer than one replica: a scaler that fails would otherwise scale to zero.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import numpy as np
import yaml

from forecasting.errors import InputError
from forecasting.scaling.config.limits import SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.scaled_service import PRESET_MEDIAN_REPLICAS, ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.policies.policy import GUARD_PERCENT

POLLING_SECONDS = 30
FAILURES_UNTIL_FALLBACK = 3

SCALE_IN_PERCENT, SCALE_IN_PERIOD_SECONDS = 10, 60
SMALLEST_TARGET_RPS = 0.001
"""Kubernetes counts metrics in thousandths."""

RECOMMENDATION_PATH = "/scaling/recommendation/"
DEMAND_METRIC, GUARD_METRIC = "forecast_demand_rps", "http_requests_per_second"

_LABEL_LENGTH = 63
_GUARD_NOTE = f"at {GUARD_PERCENT} % of a replica's capacity"
_BEHAVIOR_NOTES = (
    f"scaleDown: {SCALE_IN_PERCENT} % a minute, gentler than the simulations here, which have Kubernetes' 100 %.",
    "tolerance: 0 needs Kubernetes 1.33 or later with the feature gate HPAConfigurableTolerance. Without it remove "
    "both lines: changes within 10 % of the running replicas are then ignored.",
)


def keda(name: str, service: ScaledService, configuration: Configuration, url: str) -> str:
    """Return a KEDA ScaledObject as YAML, which polls the recommendation of data set `name` at this server's `url`.

    Raises InputError for a url that is no http address, and for a capacity that Kubernetes cannot count.
    """
    label = kubernetes_name(name)
    guard = {
        "serverAddress": "http://prometheus:9090",
        "query": f'sum(rate(http_requests_total{{app="{label}"}}[2m]))',
        "threshold": _guard(service),
        "ignoreNullValues": "false",
    }
    forecast = {
        "url": _address(url) + RECOMMENDATION_PATH + name,
        "format": "json",
        "valueLocation": "recommendation.demand_rps",
        "targetValue": _target(service),
    }
    manifest = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": label},
        "spec": {
            "scaleTargetRef": {"name": label},
            "pollingInterval": POLLING_SECONDS,
            "minReplicaCount": max(1, service.min_replicas),
            "maxReplicaCount": service.max_replicas,
            "fallback": {
                "failureThreshold": FAILURES_UNTIL_FALLBACK,
                "replicas": service.within_limits(configuration.current_replicas or PRESET_MEDIAN_REPLICAS),
                "behavior": "currentReplicasIfHigher",
            },
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior()}},
            "triggers": [
                {"type": "metrics-api", "metricType": "AverageValue", "metadata": forecast},
                {"type": "prometheus", "metricType": "AverageValue", "metadata": guard},
            ],
        },
    }
    notes = (
        f"scaleTargetRef: the Deployment to scale, here {label}.",
        "url: this server as the cluster reaches it. It answers 503 when its data is stale; then the fallback and the "
        "second trigger decide.",
        "serverAddress and query: your Prometheus, requests per second. That trigger is the reactive safety net, "
        f"{_GUARD_NOTE}.",
    )
    return _document(manifest, name, service, configuration, notes)


def hpa(name: str, service: ScaledService, configuration: Configuration) -> str:
    """Return an `autoscaling/v2` HorizontalPodAutoscaler as YAML, for a cluster whose metrics adapter has the demand.

    Raises InputError for a capacity that Kubernetes cannot count.
    """
    label = kubernetes_name(name)
    manifest = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": label},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": label},
            "minReplicas": max(1, service.min_replicas),
            "maxReplicas": service.max_replicas,
            "metrics": [
                _external(DEMAND_METRIC, label, _target(service)),
                _external(GUARD_METRIC, label, _guard(service)),
            ],
            "behavior": _behavior(),
        },
    }
    notes = (
        f"scaleTargetRef: the Deployment to scale, here {label}.",
        f"{DEMAND_METRIC}: recommendation.demand_rps of GET {RECOMMENDATION_PATH}{name}, through an adapter of "
        "external metrics that has no value where that answers other than 200.",
        f"{GUARD_METRIC}: the actual requests per second, from your monitoring: the reactive safety net, "
        f"{_GUARD_NOTE}. While one of the two is missing nothing is scaled in.",
    )
    return _document(manifest, name, service, configuration, notes)


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


def _behavior() -> dict[str, object]:
    """Out at once, in slowly; `tolerance` belongs to a direction, not to one of its policies."""
    slowly = {"type": "Percent", "value": SCALE_IN_PERCENT, "periodSeconds": SCALE_IN_PERIOD_SECONDS}
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "tolerance": 0},
        "scaleDown": {
            "stabilizationWindowSeconds": SCALE_IN_WINDOW_SECONDS,
            "tolerance": 0,
            "policies": [slowly],
        },
    }


def _target(service: ScaledService) -> str:
    return _number(service.capacity_rps * service.target_utilisation)


def _guard(service: ScaledService) -> str:
    return _number(service.capacity_rps * GUARD_PERCENT / 100)


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
    texts = [f"{head} Adapt before you apply:", *(f"- {note}" for note in (*notes, *_BEHAVIOR_NOTES))]
    if service.demand_multiplier != 1.0:
        texts.append(f"- The forecast is for {service.demand_multiplier:g} times the actual traffic (a what-if).")
    lines = [
        line for text in texts for line in textwrap.wrap(text, 100, subsequent_indent="  " if text[0] == "-" else "")
    ]
    comment = "".join(f"# {line}\n" for line in lines)
    return comment + yaml.safe_dump(manifest, sort_keys=False, width=100)
