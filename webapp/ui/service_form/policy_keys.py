"""The parameters of the policies as keys of the URL and as fields of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from forecasting.catalog import DatasetInfo
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.limits import MAX_REPLICAS
from forecasting.scaling.policies.policy import REACTIVE_PERCENT, WINDOW
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE
from webapp.ui.address import Key, Read, number, one_of, whole

SLO_GOAL, QUANTILE_GOAL = "slo", "quantile"
CAPACITY_PERCENT = "% of capacity"
LARGEST = 1e9

AUTO = "auto"
BUDGET_CHOICES = {AUTO: "as is usual for the policy", "on": "moves it", "off": "leaves it as it is"}
"""Whether the error budget moves a policy's knob, as text."""


class ParameterKey(NamedTuple):
    """A parameter of policies: its name there, how its text is read, and how the form shows it.

    `value` makes the parameter of what the URL has, such as 0.95 of 95 percent, and `shown` the other way round.
    """

    parameter: str
    read: Read
    default: float | str | None
    label: str = ""
    unit: str = ""
    slider: tuple[float, float] | None = None
    help: str = ""
    whole: bool = False
    value: Callable[[object], float] = lambda shown: float(str(shown))
    shown: Callable[[float], float | str] = lambda value: value

    def stored_in(self, parameters: Mapping[str, float]) -> float | str | None:
        """Return what the URL has for the stored parameter, else the default."""
        stored = parameters.get(self.parameter)
        if stored is None:
            return self.default
        return round(stored) if self.whole else self.shown(stored)


PARAMETER_KEYS: dict[str, ParameterKey] = {
    "target": ParameterKey(
        "target_percent",
        number(1, 100),
        float(REACTIVE_PERCENT),
        "Target",
        CAPACITY_PERCENT,
        (30, 100),
        f"Default: {REACTIVE_PERCENT} %; the rest is for traffic that arrives while replicas start",
    ),
    "upper": ParameterKey("upper_percent", number(1, 100), 80.0, "Scale out above", CAPACITY_PERCENT, (30, 100)),
    "lower": ParameterKey("lower_percent", number(0, 100), 40.0, "Scale in below", CAPACITY_PERCENT, (0, 90)),
    "headroom": ParameterKey(
        "headroom",
        number(0, LARGEST),
        None,
        "Headroom",
        "× √demand",
        help="Default: two standard deviations of the noise in the traffic",
    ),
    "smoothing": ParameterKey("alpha", number(0.001, 1), 0.2, "Weight of the last bin", "", (0.05, 1), "Default: 0.2"),
    "factor": ParameterKey("factor", number(0.01, 100), 1.0, "Times the highest", "×", (0.5, 3), "Default: 1"),
    "lookback": ParameterKey("bins", whole(1, DAY // MINUTE), 5, "Lookback", "bins", (1, 60), "Default: 5", whole=True),
    "fixed": ParameterKey(
        "replicas", whole(1, MAX_REPLICAS), None, "Replicas", help="Default: need of the highest bin before", whole=True
    ),
    "worth": ParameterKey(
        "price_of_unmet",
        number(1, 1e6),
        None,
        "An unmet request is worth",
        "×",
        help="Times what serving it costs: where the price starts, or stays without an error budget. "
        "Default: what kept the objective lately",
    ),
    "budget": ParameterKey(
        "adaptive",
        one_of(*BUDGET_CHOICES),
        AUTO,
        value=lambda shown: float(shown == "on"),
        shown=lambda value: "on" if value else "off",
    ),
    "gate": ParameterKey(
        "gated",
        one_of("on", "off"),
        "on",
        value=lambda shown: float(shown == "on"),
        shown=lambda value: "on" if value else "off",
    ),
    "cooldown": ParameterKey(
        "cooldown_seconds",
        whole(0, DAY),
        300,
        "Cooldown",
        "s",
        (0, HOUR),
        "No second change within this time. Default: 300 s",
        whole=True,
    ),
    "quantile": ParameterKey(
        "quantile",
        number(1, 99.99),
        95.0,
        "Quantile",
        "%",
        (50, 99.5),
        "At 95 %, demand exceeds it in 1 of 20 lead windows. A higher one costs more and leaves less unmet",
        value=lambda shown: float(str(shown)) / 100.0,
        shown=lambda value: 100.0 * value,
    ),
}

POLICY_FIELDS: dict[str, tuple[str, ...]] = {
    policy_names.HYBRID: ("worth", "budget"),
    policy_names.PREDICTIVE: ("worth", "budget"),
    policy_names.WINDOW_QUANTILE: ("goal", "quantile", "gate", "window"),
    policy_names.REACTIVE: ("target", "budget", "window"),
    policy_names.SMOOTHING: ("headroom", "smoothing", "budget"),
    policy_names.RECENT_MAX: ("factor", "lookback", "budget"),
    policy_names.TARGET_TRACKING: ("target", "cooldown"),
    policy_names.THRESHOLD: ("upper", "lower", "cooldown"),
    policy_names.SCHEDULED: ("goal", "quantile"),
    policy_names.FIXED: ("fixed",),
}
"""The keys of each policy, policies in the order of the form."""

POLICY_NAMES = {
    policy_names.HYBRID: "hybrid: expected worth, guards",
    policy_names.PREDICTIVE: "predictive: expected worth",
    policy_names.WINDOW_QUANTILE: "predictive:window-quantile",
    policy_names.REACTIVE: "reactive: Kubernetes HPA",
    policy_names.SMOOTHING: "reactive:smoothing",
    policy_names.RECENT_MAX: "reactive:recent-max",
    policy_names.TARGET_TRACKING: "target-tracking: as AWS",
    policy_names.THRESHOLD: "threshold: upper and lower",
    policy_names.SCHEDULED: "scheduled: by hour of the week",
    policy_names.FIXED: "fixed number",
}


def parameter_keys(parameters_of: Callable[[DatasetInfo], Mapping[str, float]]) -> tuple[Key, ...]:
    """Return the keys of the URL: which value of the forecast a policy uses, then its parameters.

    `parameters_of` returns the parameters that are stored for a data set: the defaults.
    """

    def default(key: ParameterKey) -> Callable[[DatasetInfo], object]:
        return lambda info: key.stored_in(parameters_of(info))

    def goal(info: DatasetInfo) -> str:
        return QUANTILE_GOAL if "quantile" in parameters_of(info) else SLO_GOAL

    # Without a default a parameter is proposed from the data set, so that it does not fit another one.
    keys = (Key(name, key.read, default(key), key.default is None) for name, key in PARAMETER_KEYS.items())
    return (Key("goal", one_of(SLO_GOAL, QUANTILE_GOAL), goal), *keys)


def policy_query(policy: str, parameters: Mapping[str, float]) -> dict[str, object]:
    """Return the keys of the URL that give a policy these parameters."""
    keys = {key: PARAMETER_KEYS[key] for key in POLICY_FIELDS[policy] if key in PARAMETER_KEYS}
    shown = {key: one.stored_in(parameters) for key, one in keys.items() if one.parameter in parameters}
    if "quantile" in shown:
        shown["goal"] = QUANTILE_GOAL
    if "window" in POLICY_FIELDS[policy] and WINDOW in parameters:
        shown["window"] = round(parameters[WINDOW])
    return {key: value for key, value in shown.items() if value is not None}
