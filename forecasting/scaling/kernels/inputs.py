"""The arguments of the kernels: named tuples of numbers, every time in steps.

A step is the shortest time between two decisions (15 s, the period of the HPA). A *count* is a number of requests with
the steps that it covers, over which demand is constant; a *bin* is what a forecast covers, one count or several.

Inside a kernel arrays stay beside the tuples: a tuple with arrays costs numba a reference count a call and array, ten
times what a step of the simulation takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NO_RECOMMENDATION = -1
"""In a history of recommendations: none at that step."""

LARGEST = 2**31 - 1
"""The most replicas of a calculation: Kubernetes counts them in 32 bits."""

PLANNED, REACTIVE, FORECAST_DRIVEN, TARGET_TRACKING, THRESHOLD, PRICED, ADAPTIVE_PLAN = range(7)
"""How the loop decides at each step: follow a plan, or run one of the policies that look at the replicas.

PRICED stays between two bands, which rise with the price of an unmet request; ADAPTIVE_PLAN follows one of several
plans, from cheap to safe. The error budget moves the price, or the plan.
"""

PODS, PERCENT = range(2)
"""Kinds of scaling policy in a behavior."""

SELECT_MAX, SELECT_MIN, SELECT_DISABLED = range(3)
"""How a behavior picks among its scaling policies."""

BINDINGS = (
    "plan",
    "reactive",
    "predictive",
    "floor",
    "tolerance",
    "break-even",
    "stabilization",
    "scale-up limit",
    "scale-down limit",
    "max replicas",
    "min replicas",
    "thresholds",
    "cooldown",
    "unknown demand",
    "expected worth",
    "evidence bound",
    "outage guard",
    "level guard",
)
"""What decided a step, by code: the names that are shown."""

(
    BY_PLAN,
    BY_METRIC,
    BY_FORECAST,
    BY_FLOOR,
    BY_TOLERANCE,
    BY_BREAK_EVEN,
    BY_STABILIZATION,
    BY_SCALE_UP_LIMIT,
    BY_SCALE_DOWN_LIMIT,
    BY_MAX,
    BY_MIN,
    BY_THRESHOLDS,
    BY_COOLDOWN,
    BY_UNKNOWN,
    BY_WORTH,
    BY_EVIDENCE,
    BY_OUTAGE,
    BY_LEVEL,
) = range(len(BINDINGS))


class Buying(NamedTuple):
    """What replicas are bought for: capacity of a replica a step, how many are weighed, the price of a launch in steps
    of a replica, and the first step that an order of now serves.

    Without `of_requests` a replica is worth the probability that it is needed.
    """

    capacity: float
    levels: int
    launch: float
    lead: int
    of_requests: bool


class World(NamedTuple):
    """What no policy may change: start-up steps, limits, replicas at the start, and how long counts and bins are.

    `capacity` is what a replica serves in the time of a count, so that demand over capacity needs no conversion.
    """

    capacity: float
    boot_steps: int
    min_replicas: int
    max_replicas: int
    current_replicas: int
    count_steps: int = 1
    bin_steps: int = 1


class Pods(NamedTuple):
    """A group of pods: how many, the sum of their usage and of their requests (same unit)."""

    number: int
    usage: float
    request: float


class Tolerance(NamedTuple):
    """How far the ratio of metric to target may be from 1 without a change."""

    down: float
    up: float


MAX_SCALING_POLICIES = 4
"""Scaling policies a direction of a behavior may have; shorter lists are filled up with zeros."""

Four = tuple[int, int, int, int]


class Limits(NamedTuple):
    """One direction of a behavior: earlier steps to stabilise over, and `number` scaling policies with their steps."""

    window: int
    select: int
    number: int
    kinds: Four
    values: Four
    periods: Four


class Recent(NamedTuple):
    """The history that a behavior uses: extreme recommendations of its windows, net replicas added in each policy's
    period."""

    lowest: int
    highest: int
    changed_up: Four
    changed_down: Four


class Memory(NamedTuple):
    """History of a policy: evaluations above and below the target, the step of the last action."""

    above: int
    below: int
    last_action: int


class Behavior(NamedTuple):
    """How fast replicas may change. `legacy`: what Kubernetes does if an HPA has no behavior at all."""

    up: Limits
    down: Limits
    legacy: bool


class Hpa(NamedTuple):
    """Targets in whole percent of capacity: of the reactive policy, and of the safety net beside a trusted forecast."""

    target_percent: int
    guard_percent: int
    guarded: bool
    tolerance: Tolerance


class Tracking(NamedTuple):
    """AWS-style target tracking: a target (0-1], evaluations above or below it until alarms act, steps of cooldown."""

    target: float
    scale_in_ratio: float
    out_periods: int
    in_periods: int
    cooldown_steps: int


class Thresholds(NamedTuple):
    """Two utilisations, what is added above the upper and removed below the lower, steps between two actions."""

    upper: float
    lower: float
    add_replicas: int
    add_percent: int
    remove_replicas: int
    remove_percent: int
    cooldown_steps: int


class Levels(NamedTuple):
    """What a policy does at each level, from cheap to safe, and what an error budget needs: arrays all policies share.

    `out` and `keep` (bins, levels): a launch pays below the one, a running replica does not above the other (0 levels
    for a policy without any); `targets` (levels,): target utilisations of an adaptive HPA, in percent. Each (bins,):
    `bound`, the most replicas that the evidence supports; `guard`, the code of the guard that is active (0: none);
    `most_charged`, the most unmet requests that may be charged to the budget (NaN: the demand is unknown);
    `day_budget`, what the objective allows in a day.
    """

    out: np.ndarray
    keep: np.ndarray
    targets: np.ndarray
    bound: np.ndarray
    guard: np.ndarray
    most_charged: np.ndarray
    day_budget: np.ndarray


NO_LEVELS = Levels(
    np.zeros((0, 0), np.int16),
    np.zeros((0, 0), np.int16),
    np.zeros(0, np.int64),
    np.zeros(0, np.int32),
    np.zeros(0, np.int8),
    np.zeros(0),
    np.zeros(0),
)
"""Of a policy without levels."""


class Known(NamedTuple):
    """What is known and when; arrays that all policies share one type of.

    By count, shape (counts,): `arriving` requests (NaN: unknown, neither served nor charged) and `demand`, the last
    known count (NaN before the first).
    By bin, shape (bins,), known at its end: `planned`, the replicas of a policy that needs no replica count, or of a
    forecast for the coming lead window; `needed`, the most needed until an idle replica costs more than launching a
    new one; `trusted`, whether the trust check passes; `floor`, replicas there must be anyway; `levels`, what a policy
    has at each level that an error budget may choose.
    """

    arriving: np.ndarray
    demand: np.ndarray
    planned: np.ndarray
    needed: np.ndarray
    trusted: np.ndarray
    floor: np.ndarray
    levels: Levels


class Band(NamedTuple):
    """One bin of Levels, at the level of the moment."""

    out: int
    keep: int
    bound: int
    guard: int
    target: int


NO_BAND = Band(0, 0, 0, 0, 0)
"""Of a policy without levels."""


class Now(NamedTuple):
    """Known at one step, with the replicas that were ready and those that start."""

    demand: float
    planned: int
    needed: int
    trusted: bool
    floor: int
    ready: int
    booting: int
    band: Band


class Budget(NamedTuple):
    """The error budget of a policy with levels: the level at no debt, the highest one, and how debt moves it.

    `gain`: levels for each day budget of debt (0: the level is fixed); `aim`: the share that may be unmet; `debt`:
    that at the beginning, in requests (in bins for an objective on minutes); `capacity`: what a replica serves of a
    count before the rest counts as unmet. `of_requests`: whether requests are counted, or time with too few replicas.
    """

    level: int
    highest: int
    gain: float
    aim: float
    debt: float
    capacity: float
    of_requests: bool


NO_BUDGET = Budget(0, 0, 0.0, 0.0, 0.0, 1.0, True)
"""Of a policy without levels."""


class Policy(NamedTuple):
    """Any policy: its kind and the parameters of every kind, so that one compiled loop runs them all.

    `period` are the steps between two evaluations of alarms (target tracking, thresholds); every other kind is
    evaluated at each step.
    """

    kind: int
    hpa: Hpa
    tracking: Tracking
    thresholds: Thresholds
    behavior: Behavior
    budget: Budget
    period: int = 1


class Run(NamedTuple):
    """The stretches of a simulation, each within one count: steps from `first` on in which nothing changes.

    At the end of each step of a stretch the policy recommends `proposed` and decides `desired` after stabilization and
    limits. A stretch whose decision changes the replicas is one step long. `debt` (bins,) is what is overspent of the
    error budget at the end of each bin (of 0 bins for a policy without levels).
    """

    ready: np.ndarray
    booting: np.ndarray
    proposed: np.ndarray
    desired: np.ndarray
    binding: np.ndarray
    first: np.ndarray
    debt: np.ndarray


class BinRun(NamedTuple):
    """A run by bin, arrays (bins,): what pages, calls and exports show.

    `ready` and `booting` are averages over the bin, `desired` is decided by its end. `proposed` and `binding` belong to
    the last decision in it that changed the replicas, else to the one at its end; `last_count` is the position of the
    count that this decision saw last. `changes` are the changes decided in the bin, `unmet` its unmet requests, `under`
    the share of it with fewer replicas ready than needed. `debt` is that of the Run.
    """

    ready: np.ndarray
    booting: np.ndarray
    proposed: np.ndarray
    desired: np.ndarray
    binding: np.ndarray
    last_count: np.ndarray
    changes: np.ndarray
    unmet: np.ndarray
    under: np.ndarray
    debt: np.ndarray


SUMS = (
    "known_steps",
    "ready",
    "booting",
    "launches",
    "events",
    "under_steps",
    "over_steps",
    "requests",
    "unmet",
    "theta_u",
    "theta_o",
    "short",
    "idle",
)
"""Columns of the sums of a day: steps, replicas times steps, requests. The theta are sums of ratios, `short` and `idle`
replicas times steps below and above those needed."""
