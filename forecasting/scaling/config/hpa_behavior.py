"""The behavior of the Horizontal Pod Autoscaler as Kubernetes writes it: how fast replicas may change.

What is not given has Kubernetes' default.
"""

from __future__ import annotations

from typing import Annotated, Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS
from forecasting.validation import INPUT_MODEL, Number, OneOf, Whole, input_error

MAX_PERIOD_SECONDS = 1800
MOST_POLICIES = 4
MOST_CHANGE = 1_000_000_000
KINDS, SELECTS = ("Pods", "Percent"), ("Max", "Min", "Disabled")


@dataclass(frozen=True, config=INPUT_MODEL)
class RatePolicy:
    """At most `value` pods, or percent of the pods, within a period."""

    type: Annotated[str, OneOf(KINDS)] = Field(title="Type", description="Pods or Percent.")
    value: Whole = Field(title="Value", description="Pods or percent.", ge=1, le=MOST_CHANGE)
    period_seconds: Whole = Field(
        title="Period",
        description="Time that it counts over.",
        ge=1,
        le=MAX_PERIOD_SECONDS,
        json_schema_extra={"unit": "s"},
    )


@dataclass(frozen=True, config=INPUT_MODEL)
class BehaviorDirection:
    """Scaling out or in: stabilization window, rate policies, how to choose among them, and the tolerance."""

    stabilization_window_seconds: Whole | None = Field(
        default=None,
        title="Stabilization window",
        description="How long recommendations are looked back over.",
        ge=0,
        le=MAX_WINDOW_SECONDS,
        json_schema_extra={"unit": "s"},
    )
    select_policy: Annotated[str, OneOf(SELECTS)] = Field(
        default="Max", title="Select policy", description="Which policy counts: the fastest, the slowest, or no change."
    )
    policies: Annotated[tuple[RatePolicy, ...], Field(max_length=MOST_POLICIES)] = Field(
        default=(), title="Policies", description="Rates; Kubernetes' own if there are none."
    )
    tolerance: Number | None = Field(
        default=None,
        title="Tolerance",
        description="How far the metric may be from its target without a change. Default: 0.1.",
        ge=0,
        le=1,
        json_schema_extra={"unit": "share"},
    )


@dataclass(frozen=True, config=INPUT_MODEL)
class HpaBehavior:
    """Both directions; one that is not given has Kubernetes' default."""

    scale_up: BehaviorDirection = Field(
        default_factory=BehaviorDirection, title="Scale out", description="Behavior when scaling out."
    )
    scale_down: BehaviorDirection = Field(
        default_factory=BehaviorDirection, title="Scale in", description="Behavior when scaling in."
    )

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return dict(_BEHAVIOR.dump_python(self, mode="json"))

    def to_kubernetes(self) -> dict[str, Any]:
        """Return the `behavior` of an autoscaling/v2 HorizontalPodAutoscaler."""
        return {_camel(name): _manifest(direction) for name, direction in self.to_dict().items()}


_BEHAVIOR = TypeAdapter(HpaBehavior)


def behavior_of_text(text: str) -> HpaBehavior | None:
    """Return the behavior that a `behavior:` block of a Kubernetes manifest states; None for no text.

    Raises InputError naming `behavior`.
    """
    if not text.strip():
        return None
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("behavior must be YAML such as scaleDown: {policies: [...]}.", field="behavior") from error
    inner = loaded.get("behavior", loaded) if isinstance(loaded, dict) else loaded
    try:
        return _BEHAVIOR.validate_python(_snaked(inner))
    except ValidationError as error:
        raise input_error(error, HpaBehavior, "behavior") from error


def text_of_behavior(behavior: HpaBehavior | None) -> str:
    """Return a behavior as Kubernetes writes it, which `behavior_of_text` reads; empty for None."""
    return "" if behavior is None else yaml.safe_dump(behavior.to_kubernetes(), sort_keys=False)


def _manifest(direction: dict[str, Any]) -> dict[str, Any]:
    given = {_camel(name): value for name, value in direction.items() if value not in (None, [])}
    rates = [{_camel(name): value for name, value in policy.items()} for policy in direction["policies"]]
    return {**given, **({"policies": rates} if rates else {})}


def _snaked(given: object) -> object:
    """The same with Kubernetes' names in the form of the fields: `scaleUp` as `scale_up`."""
    if isinstance(given, dict):
        return {_snake(str(name)): _snaked(value) for name, value in given.items()}
    return [_snaked(value) for value in given] if isinstance(given, list) else given


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
