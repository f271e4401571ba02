"""Manifests for a cluster: keys, types, and the traps that others fell into."""

from __future__ import annotations

import re

import pytest
import yaml

from forecasting.errors import InputError
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.recommendation.manifests import hpa, keda, kubernetes_name

URL = "http://dataflow:8000"


def service_of(**given) -> ScaledService:
    return ScaledService.of({"capacity_rps": 60, "min_replicas": 2, "max_replicas": 60, **given})


def exported(
    form: str, service: ScaledService | None = None, choices: Configuration | None = None, name: str = "web"
) -> dict:
    service, choices = service or service_of(), choices or Configuration()
    text = keda(name, service, choices, URL) if form == "keda" else hpa(name, service, choices)
    return yaml.safe_load(text)


def metadata_of(scaled_object: dict) -> tuple[dict, dict]:
    forecast, guard = scaled_object["spec"]["triggers"]
    return forecast["metadata"], guard["metadata"]


def values_of(manifest: dict) -> list[str]:
    return [metric["external"]["target"]["averageValue"] for metric in manifest["spec"]["metrics"]]


def test_the_scaled_object_is_the_documented_one():
    assert exported("keda") == {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"name": "web"},
            "pollingInterval": 30,
            "minReplicaCount": 2,
            "maxReplicaCount": 60,
            "fallback": {"failureThreshold": 3, "replicas": 5, "behavior": "currentReplicasIfHigher"},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleUp": {"stabilizationWindowSeconds": 0, "tolerance": 0},
                        "scaleDown": {
                            "stabilizationWindowSeconds": 300,
                            "tolerance": 0,
                            "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}],
                        },
                    }
                }
            },
            "triggers": [
                {
                    "type": "metrics-api",
                    "metricType": "AverageValue",
                    "metadata": {
                        "url": "http://dataflow:8000/scaling/recommendation/web",
                        "format": "json",
                        "valueLocation": "recommendation.demand_rps",
                        "targetValue": "60",
                    },
                },
                {
                    "type": "prometheus",
                    "metricType": "AverageValue",
                    "metadata": {
                        "serverAddress": "http://prometheus:9090",
                        "query": 'sum(rate(http_requests_total{app="web"}[2m]))',
                        "threshold": "54",
                        "ignoreNullValues": "false",
                    },
                },
            ],
        },
    }


def test_the_plain_autoscaler_has_the_same_behavior_targets_and_limits():
    manifest = exported("hpa")
    spec = manifest["spec"]
    assert (manifest["apiVersion"], manifest["kind"]) == ("autoscaling/v2", "HorizontalPodAutoscaler")
    assert manifest["metadata"] == {"name": "web"}
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 60)
    assert spec["behavior"] == exported("keda")["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert [metric["type"] for metric in spec["metrics"]] == ["External", "External"]
    assert [metric["external"]["metric"] for metric in spec["metrics"]] == [
        {"name": name, "selector": {"matchLabels": {"service": "web"}}}
        for name in ("forecast_demand_rps", "http_requests_per_second")
    ]
    assert [metric["external"]["target"] for metric in spec["metrics"]] == [
        {"type": "AverageValue", "averageValue": value} for value in ("60", "54")
    ]


def every_key(value: object):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from every_key(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_key(inner)


@pytest.mark.parametrize("form", ["keda", "hpa"])
@pytest.mark.parametrize("given", [{}, {"min_replicas": 1}, {"min_replicas": 1, "max_replicas": 1}])
def test_the_traps(form, given):
    manifest = exported(form, service_of(**given))
    found = list(every_key(manifest))
    assert {value for key, value in found if key == "metricType"} <= {"AverageValue"}
    assert not [value for key, value in found if key == "type" and value in ("Value", "Utilization")]
    lowest = [value for key, value in found if key in ("minReplicaCount", "minReplicas")]
    assert len(lowest) == 1
    assert lowest[0] >= 1
    assert not {"idleReplicaCount", "cooldownPeriod"} & {key for key, _ in found}
    policies = [policy for key, listed in found if key == "policies" for policy in listed]
    assert all("tolerance" not in policy for policy in policies)
    directions = [value for key, value in found if key in ("scaleUp", "scaleDown")]
    assert [type(direction["tolerance"]) for direction in directions] == [int, int]


@pytest.mark.parametrize(
    "given", [{}, {"target_utilisation": 0.7}, {"capacity_rps": 1 / 6}, {"capacity_rps": 123456.7}]
)
def test_the_metadata_of_triggers_are_strings_as_keda_wants_them(given):
    for metadata in metadata_of(exported("keda", service_of(**given))):
        assert {type(value) for value in metadata.values()} == {str}
        number = metadata.get("targetValue") or metadata["threshold"]
        assert re.fullmatch(r"\d+(\.\d+)?", number)


@pytest.mark.parametrize(
    ("given", "target", "guard"),
    [
        ({}, "60", "54"),
        ({"target_utilisation": 0.7}, "42", "54"),
        ({"capacity_rps": 1 / 6}, "0.166667", "0.15"),
        ({"capacity_rps": 1234567.0}, "1234570", "1111110"),
        ({"capacity_rps": 0.002, "target_utilisation": 0.5}, "0.001", "0.0018"),
    ],
)
def test_the_target_is_what_may_be_used_and_the_guard_is_of_the_whole_capacity(given, target, guard):
    service = service_of(**given)
    forecast, reactive = metadata_of(exported("keda", service))
    assert (forecast["targetValue"], reactive["threshold"]) == (target, guard)
    assert values_of(exported("hpa", service)) == [target, guard]


@pytest.mark.parametrize("form", ["keda", "hpa"])
def test_a_capacity_that_kubernetes_cannot_count_is_refused(form):
    with pytest.raises(InputError, match=r"must be at least 0\.001 usable requests a second .*got 0\.000\d+") as caught:
        exported(form, service_of(capacity_rps=0.0009))
    assert [error.field for error in caught.value.errors] == ["service.capacity_rps"]


@pytest.mark.parametrize(
    ("current", "given", "replicas"),
    [
        (None, {}, 5),
        (None, {"min_replicas": 8}, 8),
        (None, {"max_replicas": 3}, 3),
        (12, {}, 12),
        (0, {}, 5),
        (99, {}, 60),
    ],
)
def test_the_fallback_is_within_the_limits(current, given, replicas):
    fallback = exported("keda", service_of(**given), Configuration(current_replicas=current))["spec"]["fallback"]
    assert fallback["replicas"] == replicas


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("web", "web"),
        ("my.site_2", "my-site-2"),
        ("0", "0"),
        ("a..", "a"),
        ("a-._-b", "a-b"),
        ("x" * 63, "x" * 63),
        ("x" * 62 + ".", "x" * 62),
        ("Ü", "service"),
        ("x" * 62 + ".y", "x" * 62),
    ],
)
def test_names_become_those_of_kubernetes(name, label):
    assert kubernetes_name(name) == label
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", label)


def test_a_name_that_is_none_in_kubernetes_stays_itself_in_the_address():
    manifest = exported("keda", name="my.site_2")
    forecast, reactive = metadata_of(manifest)
    assert forecast["url"].endswith("/scaling/recommendation/my.site_2")
    assert 'app="my-site-2"' in reactive["query"]
    assert manifest["metadata"]["name"] == manifest["spec"]["scaleTargetRef"]["name"] == "my-site-2"


@pytest.mark.parametrize("name", ["0", "1e3", "true", "null", "1995-08-01"])
def test_names_that_yaml_could_take_for_something_else_stay_texts(name):
    for form in ("keda", "hpa"):
        assert exported(form, name=name)["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost/", "http://localhost"),
        ("https://a.example:8443/dataflow/", "https://a.example:8443/dataflow"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_may_have_a_path(url, address):
    forecast, _ = metadata_of(yaml.safe_load(keda("web", service_of(), Configuration(), url)))
    assert forecast["url"] == f"{address}/scaling/recommendation/web"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "dataflow:8000",
        "ftp://a",
        "http://",
        "http://a b",
        "http://a\nb: c",
        "http://a?x=1",
        "http://a#x",
        "http://[a",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(InputError, match="must be an address such as http://dataflow:8000") as caught:
        keda("web", service_of(), Configuration(), url)
    assert [error.field for error in caught.value.errors] == ["url"]


@pytest.mark.parametrize("form", ["keda", "hpa"])
def test_comments_say_what_to_adapt(form):
    choices = Configuration.of({"policy": "predictive", "slo": {"max_minutes_under_share": 0.005}})
    service = service_of(demand_multiplier=100)
    text = keda("web", service, choices, URL) if form == "keda" else hpa("web", service, choices)
    comment = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
    assert "web by predictive with auto, at most 0.5 % of minutes under" in comment
    assert "Kubernetes 1.33 or later with the feature gate HPAConfigurableTolerance" in comment
    assert "100 times the actual traffic" in comment
    wanted = ("url:", "serverAddress and query:") if form == "keda" else ("forecast_demand_rps:", "adapter")
    assert all(words in comment for words in ("scaleTargetRef:", "safety net, at 90 %", *wanted))
    assert max(map(len, text.splitlines())) <= 110
