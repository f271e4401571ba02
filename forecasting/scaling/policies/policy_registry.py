"""The policies by name, and any of them configured for a scenario."""

from __future__ import annotations

from dataclasses import replace

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS
from forecasting.scaling.policies.behavior import behavior_of
from forecasting.scaling.policies.error_budget import budget_of
from forecasting.scaling.policies.expected_worth import HYBRID_POLICY, PREDICTIVE_POLICY
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
    "guard_percent": (1, 100),
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
    return _with_window(ConfiguredPolicy(policy, values, kernel, known))


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
    if definition.knob not in given and before is not None:

        def choose() -> int:
            shadow = make(before, values).shadow(before)
            return start if shadow is None else shadow.start(scenario.slo.share, ladder.highest)

        start = scenario.cached(("start", policy, others), choose)
    start = min(start, ladder.highest)
    values = {**values, definition.knob: float(ladder.values[start])}
    kernel = ladder.kernel._replace(budget=budget_of(scenario, start, ladder.highest, adaptive=True))
    levels = tuple(ladder.values.tolist())
    return _with_window(ConfiguredPolicy(policy, values, kernel, ladder.known, levels))


def _with_window(made: ConfiguredPolicy) -> ConfiguredPolicy:
    if WINDOW not in made.parameters:
        return made
    behavior = behavior_of(int(made.parameters[WINDOW]))
    return replace(made, kernel=made.kernel._replace(behavior=behavior))


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
