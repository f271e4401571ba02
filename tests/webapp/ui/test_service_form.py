"""The service form: keys of the URL, fields, and the question that they make."""

from __future__ import annotations

import json

import pytest
from flask import g

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import BOOT_PARTS, ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.policies.policy import WINDOW
from forecasting.scaling.policies.policy_registry import POLICIES
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.settings import Settings
from forecasting.validation import bounds_of, fields_of
from webapp import create_app
from webapp.app.context import context
from webapp.ui import address
from webapp.ui.service_form import (
    POLICY_FIELDS,
    POLICY_NAMES,
    SERVICE_KEYS,
    arguments_of,
    configuration_of,
    form,
    parameters_of,
    request_of,
)
from webapp.ui.service_form.keys import FIELD_KEYS, SERVICE_FIELDS
from webapp.ui.service_form.policy_keys import PARAMETER_KEYS


@pytest.fixture
def app(settings: Settings):
    """An application of its own, as within a request."""
    app = create_app(settings)
    with app.server.test_request_context():
        yield app


def view_of(**query: object) -> address.View:
    return address.read("scaling", query, SERVICE_KEYS)


def test_each_policy_has_the_fields_of_its_rule():
    assert set(POLICY_FIELDS) == set(POLICY_NAMES) == set(policy_names.DEPLOYABLE)
    names = {"window": WINDOW, **{key: one.parameter for key, one in PARAMETER_KEYS.items()}}
    for policy, keys in POLICY_FIELDS.items():
        assert {names[key] for key in keys if key != "goal"} == set(POLICIES[policy].parameters)


@pytest.mark.parametrize("policy", policy_names.DEPLOYABLE)
def test_what_nobody_said_is_what_the_service_layer_would_take(app, settings, policy):
    question = request_of(view_of(dataset="sample", timeframe="15m", policy=policy), settings)
    plain = request_of(view_of(dataset="sample", timeframe="15m"), settings)
    assert question.policy == policy
    assert question.scaled_service == plain.scaled_service
    assert question.assumptions
    recommendation, defaults = recommend(question), POLICIES[policy]
    assert recommendation.policy == policy
    assert set(question.parameters) <= set(defaults.parameters)


def test_the_url_says_it_in_its_own_units(app, settings):
    view = view_of(
        policy="predictive:window-quantile", capacity=40, utilisation=80, boot=240, price=0.2, min=2, max=30,
        replicas=7, kind="under", slo=2, lost=0.001, goal="quantile", quantile=97, gate="off", window=600,
    )  # fmt: skip
    question = request_of(view, settings)
    assert view.notices == ()
    service = question.scaled_service
    assert (service.capacity_per_minute, service.target_utilisation, service.boot_seconds) == (40, 0.8, 240)
    assert (service.min_replicas, service.max_replicas, service.price_per_hour) == (2, 30, 0.2)
    assert service.lost_request_price == 0.001
    assert question.slo.to_dict() == {"max_minutes_under_share": 0.02}
    assert question.parameters == {"quantile": 0.97, "gated": 0}
    assert (question.current_replicas, question.scale_in_window_seconds) == (7, 600)
    assert not question.assumptions


def test_parameters_of_another_policy_stay_out(app):
    view = view_of(policy="threshold", upper=90, target=50, quantile=99, goal="quantile")
    assert parameters_of(view) == {"upper_percent": 90.0, "lower_percent": 40.0, "cooldown_seconds": 300.0}


def test_what_is_stored_is_the_default_and_the_url_overrides_it(app):
    stored = {
        "service": {"capacity_rps": 2.0, "image_seconds": 60, "ready_seconds": 30, "launch_cost": 0.5},
        "policy": "reactive",
        "slo": {"max_unmet_share": 0.05},
        "current_replicas": 4,
    }
    context().catalog.keep_configuration("nasa-http", stored)
    g.pop("stored_configuration", None)
    view = view_of()
    assert (view["capacity"], view["boot"], view["policy"], view["slo"], view["replicas"]) == (
        120,
        90,
        "reactive",
        5,
        4,
    )
    assert view.values == view.defaults
    chosen = configuration_of(view_of(boot=10, slo=1))
    assert chosen.service["launch_cost"] == 0.5
    assert (chosen.service["boot_seconds"], chosen.slo.share) == (10, 0.01)
    assert chosen.service_for(view.series).capacity_per_minute == 120


def test_arguments_are_json_and_ask_the_same(app, settings):
    view = view_of(policy="predictive", capacity=40, max=12)
    arguments = arguments_of(view)
    assert json.loads(json.dumps(arguments)) == arguments


def test_contradictions_are_named(app, settings):
    with pytest.raises(InputError) as error:
        request_of(view_of(min=9, max=3), settings)
    assert [wrong.field for wrong in error.value.errors] == ["service.min_replicas"]


def test_a_field_stands_for_each_key_and_only_the_policys_own_are_shown(app):
    view = view_of(policy="threshold")
    text = json.dumps(form(view).to_plotly_json(), default=lambda part: part.to_plotly_json())
    assert {key.name for key in SERVICE_KEYS} == {part["key"] for part in _ids(form(view)) if part["type"] == "control"}
    hidden = {part.id["key"] for part in form(view)._traverse() if getattr(part, "hidden", None)}
    own = set(POLICY_FIELDS["threshold"])
    assert hidden == {key for keys in POLICY_FIELDS.values() for key in keys} - own
    assert "Kubernetes" in text


def test_the_form_without_its_policy_lacks_the_policys_fields(app):
    keys = {part["key"] for part in _ids(form(view_of(), with_policy=False))}
    assert not keys & {key for keys in POLICY_FIELDS.values() for key in keys}
    assert {"capacity", "boot", "min", "max", "slo", "price", "lost"} <= keys


def test_every_key_of_a_field_takes_its_range_label_help_and_unit_from_the_definition(app):
    models = (ScaledService, Objective, Configuration, ScalingRequest)
    definitions = [info for model in models for info in fields_of(model).values()]
    parts = (part.to_plotly_json()["props"] for part in form(view_of())._traverse() if hasattr(part, "to_plotly_json"))
    shown = {
        props["data-field"]: json.dumps(props, default=_plain, ensure_ascii=False)
        for props in parts
        if "data-field" in props
    }
    for key, one in FIELD_KEYS.items():
        texts = shown[key]
        assert any(one.info is info for info in definitions)
        assert one.unit in texts
        if key != "slo":
            assert str(one.info.title) in texts
            assert str(one.info.description) in texts
        for edge in bounds_of(one.info).scaled(one.scale)[:2]:
            beyond = -1 if edge in (0, None) else edge * 1.01 if edge > 1 else 0
            notices = view_of(**{key: beyond}).notices
            assert f"{key} must be" in notices[0], (key, beyond)


def test_the_form_lacks_only_fields_that_a_page_does_not_ask_for(app):
    asked = {field for field, _ in SERVICE_FIELDS.values()}
    rare = {"launch_cost", "minimum_billed_seconds", "bill_booting", "demand_multiplier", *BOOT_PARTS}
    assert asked | rare == set(fields_of(ScaledService))
    assert not asked & rare
    assert {"policy", "model", "slo", "replicas"} <= {key.name for key in SERVICE_KEYS}


def _plain(part) -> dict:
    return part.to_plotly_json()


def _ids(component) -> list[dict]:
    return [part.id for part in component._traverse() if isinstance(getattr(part, "id", None), dict)]
