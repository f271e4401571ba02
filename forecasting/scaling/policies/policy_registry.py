"""The policies by name, and any of them configured for a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.hpa_behavior import HpaBehavior
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS
from forecasting.scaling.kernels.inputs import Policy, Tolerance
from forecasting.scaling.policies.behavior import behavior_given, behavior_of
from forecasting.scaling.policies.error_budget import budget_of
from forecasting.scaling.policies.expected_worth import HYBRID_POLICY, PREDICTIVE_POLICY, simple_share
from forecasting.scaling.policies.fixed import FIXED_POLICY
from forecasting.scaling.policies.forecast_driven import PERFECT_FORECAST_POLICY, WINDOW_QUANTILE_POLICY
from forecasting.scaling.policies.policy import ADAPTIVE, WINDOW, ConfiguredPolicy, Parameters, PolicyDefinition
from forecasting.scaling.policies.reactive import REACTIVE_POLICY
from forecasting.scaling.policies.recent_level import RECENT_MAX_POLICY, SMOOTHING_POLICY
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.scheduled import SCHEDULED_POLICY
from forecasting.scaling.policies.target_tracking import TARGET_TRACKING_POLICY
from forecasting.scaling.policies.threshold import THRESHOLD_POLICY

POLICIES: dict[str, PolicyDefinition] = {
    policy_names.REACTIVE: REACTIVE_POLICY,
    policy_names.SMOOTHING: SMOOTHING_POLICY,
    policy_names.RECENT_MAX: RECENT_MAX_POLICY,
    policy_names.TARGET_TRACKING: TARGET_TRACKING_POLICY,
    policy_names.THRESHOLD: THRESHOLD_POLICY,
    policy_names.FIXED: FIXED_POLICY,
    policy_names.SCHEDULED: SCHEDULED_POLICY,
    policy_names.PREDICTIVE: PREDICTIVE_POLICY,
    policy_names.HYBRID: HYBRID_POLICY,
    policy_names.WINDOW_QUANTILE: WINDOW_QUANTILE_POLICY,
    policy_names.PERFECT_FORECAST: PERFECT_FORECAST_POLICY,
}
"""Every policy but the oracle, which does not decide step by step."""

RANGES: dict[str, tuple[float, float]] = {
    "target_percent": (1, 100),
    "upper_percent": (1, 100),
    "lower_percent": (0, 100),
    "cooldown_seconds": (0, 86_400),
    "replicas": (1, 10_000),
    "quantile": (0.0, 1.0),
    "headroom": (0.0, 1e9),
    "alpha": (0.001, 1.0),
    "factor": (0.01, 100.0),
    "bins": (1, 1440),
    "gated": (0, 1),
    "price_of_unmet": (1.0, 1e6),
    "adaptive": (0, 1),
    "scale_in_window_seconds": (0, MAX_WINDOW_SECONDS),
}
"""The lowest and highest value of each parameter."""


def configured(scenario: Scenario, policy: str, **parameters: float) -> ConfiguredPolicy:
    """Return a policy (not the oracle) with these parameters, and its defaults for those that are not given.

    Raises InputError for an unknown parameter or one out of range, naming it.
    """
    definition = POLICIES[policy]
    window = {WINDOW: scenario.scale_in_window_seconds} if WINDOW in definition.parameters else {}
    values = {**definition.defaults(scenario), **window, **parameters}
    for name, value in values.items():
        _check(policy, definition, name, value)
    if values.get(ADAPTIVE):
        return _adaptive(scenario, policy, definition, values, parameters)
    not_built = (WINDOW, ADAPTIVE)
    kernel, known = definition.build(
        scenario, **{name: value for name, value in values.items() if name not in not_built}
    )
    return _with_behavior(ConfiguredPolicy(policy, values, kernel, known), scenario)


def _adaptive(
    scenario: Scenario, policy: str, definition: PolicyDefinition, values: Parameters, given: Parameters
) -> ConfiguredPolicy:
    """Return a policy whose knob the error budget moves, from the given value or from where shadow runs start it."""
    make = definition.ladder
    if make is None:
        raise InputError(f"{policy} has no levels for an error budget.", field=f"parameters.{ADAPTIVE}")
    ladder = make(scenario, values)
    start = ladder.level_of(values[definition.knob])
    others = tuple(sorted((name, value) for name, value in values.items() if name != definition.knob))
    before = scenario.shadow
    if before is not None and policy in policy_names.PRICED:
        before = replace(before, simple_share=simple_share(scenario))
    if definition.knob not in given and before is not None:

        def choose() -> int:
            shadow = make(before, values).shadow(before)
            return start if shadow is None else shadow.start(scenario.slo.share, ladder.highest)

        start = scenario.cached(("start", policy, others), choose)
    start = min(start, ladder.highest)
    values = {**values, definition.knob: float(ladder.values[start])}
    kernel = ladder.kernel._replace(budget=budget_of(scenario, start, ladder.highest, adaptive=True))
    levels = tuple(ladder.values.tolist())
    return _with_behavior(ConfiguredPolicy(policy, values, kernel, ladder.known, levels), scenario)


def _with_behavior(made: ConfiguredPolicy, scenario: Scenario) -> ConfiguredPolicy:
    """Return a policy with its own stabilization window, and the behavior of the HPA if the user gave one."""
    kernel, window = made.kernel, made.parameters.get(WINDOW)
    if window is not None:
        kernel = kernel._replace(behavior=behavior_of(int(window)))
    if scenario.behavior is not None:
        # A policy that decides about scale-in by its own worth has no window beside it, unless one is given.
        down = kernel.behavior.down.window
        given = scenario.behavior.scale_down.stabilization_window_seconds
        seconds = int(window) if window is not None else down and scenario.scale_in_window_seconds
        kernel = _as_given(kernel, scenario.behavior, seconds if given is None or window is not None else given)
    return replace(made, kernel=kernel)


def _as_given(kernel: Policy, given: HpaBehavior, window_seconds: int) -> Policy:
    """Return a policy with the behavior of the HPA that carries it out as the user gave it."""
    usual = kernel.hpa.tolerance
    down, up = (
        default if direction.tolerance is None else direction.tolerance
        for direction, default in ((given.scale_down, usual.down), (given.scale_up, usual.up))
    )
    behavior = behavior_given(given, window_seconds)
    return kernel._replace(behavior=behavior, hpa=kernel.hpa._replace(tolerance=Tolerance(down, up)))


def checked_parameters(policy: str, parameters: Mapping[str, float]) -> None:
    """Raise InputError for a parameter that a policy does not have, or one out of range, naming it."""
    for name, value in parameters.items():
        _check(policy, POLICIES[policy], name, value)


def _check(policy: str, definition: PolicyDefinition, name: str, value: float) -> None:
    if name not in definition.parameters:
        names = ", ".join(definition.parameters) or "none"
        raise InputError(
            f"{name} is not a parameter of {policy} (its parameters: {names}).", field=f"parameters.{name}"
        )
    low, high = RANGES[name]
    if isinstance(value, bool) or not low <= value <= high:
        raise InputError(
            f"{name} must be a number from {low:g} to {high:g} (got {value!r}).", field=f"parameters.{name}"
        )
