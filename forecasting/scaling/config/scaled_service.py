"""The service being scaled: what a replica serves, how long it takes to boot, what it costs."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from forecasting.errors import FieldError, HistoryTooShort, InputError
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE

MAX_REPLICAS = 10_000
DEFAULT_BOOT_SECONDS = 120.0
BOOT_PARTS = ("metric_lag_seconds", "poll_seconds", "schedule_seconds", "image_seconds", "ready_seconds")

PRESET_MEDIAN_REPLICAS = 5
PRESET_PEAK_ROOM = 1.5

_LARGEST = 1e12
_ABOVE_ZERO = ("capacity_per_minute", "demand_multiplier")
_FROM_ZERO = ("boot_seconds", *BOOT_PARTS, "price_per_hour", "launch_cost", "minimum_billed_seconds")
_REPLICAS = ("min_replicas", "max_replicas")


@dataclass(frozen=True)
class ScaledService:
    """One service, fluid: a replica serves up to its capacity at once, what exceeds all replicas' is unmet.

    - `capacity_per_minute`: requests a replica can serve in a minute; `target_utilisation` (0-1] is the share of it
      that may be used at the service level wanted, so that a demand needs ceil(demand / (capacity * target)).
    - `boot_seconds`: from the moment a step ends to a new replica serving: the sum of its parts where they are given
      (metric lag, poll, scheduling, image, readiness). Use the 95th percentile, not the mean.
    - `price_per_hour` of a replica, `launch_cost` of each launch in the same currency; a replica is billed for at
      least `minimum_billed_seconds`, from its launch (`bill_booting`) or from the moment it is ready.
    - `lost_request_price`: what one unmet request costs, None where the user has an objective instead.
    - `demand_multiplier`: what if traffic were so many times as high.

    Raises InputError with a FieldError for every wrong field.
    """

    capacity_per_minute: float
    min_replicas: int = 1
    max_replicas: int = 100
    boot_seconds: float | None = None
    metric_lag_seconds: float | None = None
    poll_seconds: float | None = None
    schedule_seconds: float | None = None
    image_seconds: float | None = None
    ready_seconds: float | None = None
    price_per_hour: float = 0.096
    launch_cost: float = 0.0
    minimum_billed_seconds: float = 60.0
    bill_booting: bool = True
    lost_request_price: float | None = None
    target_utilisation: float = 1.0
    demand_multiplier: float = 1.0

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        _raise_for(_problems(given))
        parts = [given[name] for name in BOOT_PARTS if given[name] is not None]
        if self.boot_seconds is None:
            object.__setattr__(self, "boot_seconds", float(sum(parts)) if parts else DEFAULT_BOOT_SECONDS)
        for name in _REPLICAS:
            object.__setattr__(self, name, int(given[name]))

    @classmethod
    def of(cls, **given: object) -> ScaledService:
        """A service from named fields as a caller wrote them, `capacity_rps` (requests per second) among them.

        None stands for not given. Raises InputError with a FieldError for every wrong or unknown field.
        """
        return cls._of(given, {})

    @classmethod
    def _of(cls, given: dict, presets: dict) -> ScaledService:
        given = {name: value for name, value in given.items() if value is not None}
        known = {field.name for field in fields(cls)} | {"capacity_rps"}
        errors = [
            FieldError(name, f"{name} is not a field of a service; write one of {', '.join(sorted(known))}.")
            for name in given
            if name not in known
        ]
        values = {name: value for name, value in given.items() if name in known - {"capacity_rps"}}
        if "capacity_rps" in given:
            errors += _capacity_problems(given)
            if not errors:
                values["capacity_per_minute"] = given["capacity_rps"] * MINUTE
        values = {**presets, **values}
        if "capacity_per_minute" not in values and "capacity_rps" not in given:
            text = "capacity_per_minute is missing; write the requests a replica serves in a minute (or capacity_rps)."
            errors.append(FieldError("capacity_per_minute", text))
        _raise_for(errors + _problems(values))
        return cls(**values)

    @property
    def capacity_rps(self) -> float:
        """Requests a replica can serve in a second."""
        return self.capacity_per_minute / MINUTE

    def capacity_per_step(self, step_seconds: int) -> float:
        """Requests a replica can serve in a step: what exceeds it is unmet."""
        return self.capacity_per_minute * step_seconds / MINUTE

    def usable_per_step(self, step_seconds: int) -> float:
        """Requests a replica should serve in a step at most, at the target utilisation."""
        return self.capacity_per_step(step_seconds) * self.target_utilisation

    def price_per_step(self, step_seconds: int) -> float:
        """What a running replica costs a step."""
        return self.price_per_hour * step_seconds / HOUR

    def boot_steps(self, step_seconds: int) -> int:
        """Whole steps of boot: a replica ordered at the end of step t serves from step t + 1 + boot_steps."""
        return math.ceil(self.boot_seconds / step_seconds)

    def break_even_steps(self, step_seconds: int, most: int) -> int:
        """Steps, at most `most`, for which an idle replica costs no more than launching it again.

        G = L + (b+ + b-) / c, where ending a replica costs nothing here.
        """
        price = self.price_per_step(step_seconds)
        idle = self.launch_cost / price if price else math.inf if self.launch_cost else 0.0
        return math.ceil(min(self.boot_steps(step_seconds) + idle, most))

    def replicas_needed(self, demand: np.ndarray, step_seconds: int) -> np.ndarray:
        """Replicas that a demand per step (any shape; multiplied already) needs: at least 1, NaN where unknown.

        ceil(demand / (capacity * target utilisation)), the fluid model; limits of the service are not applied.
        """
        needed = np.ceil(np.asarray(demand, dtype=np.float64) / self.usable_per_step(step_seconds))
        return np.maximum(needed, 1.0)

    def within_limits(self, replicas: float) -> int:
        """A number of replicas clamped to the service's limits."""
        return int(min(max(replicas, self.min_replicas), self.max_replicas))

    def to_dict(self) -> dict:
        """Every field, and `capacity_rps`; `of(**service.to_dict())` is the same service."""
        return {**asdict(self), "capacity_rps": self.capacity_rps}


def preset(series: Series, **given: object) -> ScaledService:
    """The service with what is not given filled from a series, so that a first look is neither empty nor absurd.

    The capacity is such that the median known bin needs 5 replicas (at a demand multiplier of 1), to two digits;
    `max_replicas` is 1.5 times what the highest bin needs (multiplied). Raises InputError as `ScaledService.of`, and
    HistoryTooShort where no bin is known.
    """
    known = series.requests_count[~np.isnan(series.requests_count)]
    if len(known) == 0:
        raise HistoryTooShort(f"{series.name} has no known bin; at least 1 is needed to propose a service.")
    typical = next((level for level in (np.median(known), known.mean()) if level > 0), 1.0)
    per_minute = typical * MINUTE / series.bin_seconds
    target = given.get("target_utilisation")
    share = target if _is_number(target) and target > 0 else 1.0
    capacity = float(f"{per_minute / PRESET_MEDIAN_REPLICAS / share:.2g}")
    service = ScaledService._of(given, {"capacity_per_minute": capacity, "max_replicas": MAX_REPLICAS})
    if given.get("max_replicas") is not None:
        return service
    peak = float(service.replicas_needed(known.max() * service.demand_multiplier, series.bin_seconds))
    room = max(math.ceil(PRESET_PEAK_ROOM * peak), service.min_replicas)
    return replace(service, max_replicas=min(room, MAX_REPLICAS))


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        return False
    return bool(abs(value) <= sys.float_info.max)  # math.isfinite fails on whole numbers beyond it


def _problems(values: dict) -> list[FieldError]:
    """What is wrong with the fields given (None: not given); empty where all is well."""
    errors = []
    given = {name: value for name, value in values.items() if value is not None}

    def check(name: str, right: bool, wanted: str) -> None:
        if name in given and not right:
            errors.append(FieldError(name, f"{name} is {given[name]!r}; write {wanted}."))

    for name in _ABOVE_ZERO:
        value = given.get(name)
        check(name, _is_number(value) and 0 < value <= _LARGEST, "a number above 0")
    for name in (*_FROM_ZERO, "lost_request_price"):
        value = given.get(name)
        check(name, _is_number(value) and 0 <= value <= _LARGEST, "a number of at least 0")
    for name in _REPLICAS:
        value = given.get(name)
        right = _is_number(value) and value == int(value) and 1 <= value <= MAX_REPLICAS
        check(name, right, f"a whole number from 1 to {MAX_REPLICAS:,}")
    target = given.get("target_utilisation")
    check("target_utilisation", _is_number(target) and 0 < target <= 1, "a share above 0 and at most 1, such as 0.8")
    check("bill_booting", isinstance(given.get("bill_booting"), bool), "true or false")
    return errors or _contradictions(given)


def _contradictions(given: dict) -> list[FieldError]:
    errors = []
    low, high = given.get("min_replicas"), given.get("max_replicas")
    if low is not None and high is not None and low > high:
        errors.append(FieldError("min_replicas", f"min_replicas is {low}; write at most max_replicas, {high}."))
    parts = [given[name] for name in BOOT_PARTS if name in given]
    boot = given.get("boot_seconds")
    if boot is not None and parts and not math.isclose(boot, sum(parts)):
        text = f"boot_seconds is {boot:g} but its parts sum to {sum(parts):g}; write one of the two, or equal ones."
        errors.append(FieldError("boot_seconds", text))
    return errors


def _capacity_problems(given: dict) -> list[FieldError]:
    rps, per_minute = given["capacity_rps"], given.get("capacity_per_minute")
    if not (_is_number(rps) and 0 < rps <= _LARGEST / MINUTE):
        return [FieldError("capacity_rps", f"capacity_rps is {rps!r}; write a number above 0.")]
    if _is_number(per_minute) and not math.isclose(per_minute, rps * MINUTE):
        text = f"capacity_rps is {rps:g} but capacity_per_minute is {per_minute:g}; write one of the two."
        return [FieldError("capacity_rps", text)]
    return []


def _raise_for(errors: list[FieldError]) -> None:
    if errors:
        raise InputError(" ".join(error.message for error in errors), errors=errors)
