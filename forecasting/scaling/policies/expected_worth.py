"""The forecast-driven policies: predictive and hybrid buy replicas by their expected worth.

Each replica is worth what it is expected to serve, at a price of an unmet request; `kernels.worth` has the algorithm.
The price is moved by the error budget (`adaptive`), or stays as given. Both policies obey the bound of the evidence;
hybrid has the guards against outages and new levels too.
"""

from __future__ import annotations

import numpy as np

from forecasting.errors import InputError
from forecasting.scaling.kernels.inputs import PRICED
from forecasting.scaling.policies.behavior import unwindowed
from forecasting.scaling.policies.error_budget import Ladder, budget_of, levels_of
from forecasting.scaling.policies.policy import (
    ADAPTIVE,
    KernelInputs,
    Parameters,
    PolicyDefinition,
    adaptive_kernel,
    known_of,
)
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.worth.guards import bound_of, guarded
from forecasting.scaling.worth.outlook import PRICES, Outlook

PRICE = "price_of_unmet"

HIGHEST_PRICE = 10.0
"""The highest price that the budget may set, in units of 1 / objective: beyond it the objective cannot be had."""

USUAL_PRICE = 0.35
"""The price, in the same units, if no days before are known to choose it on."""

FOR_THE_MEAN = 0.99
"""The mean of both forecasts is used if keeping the objective would have cost less than this times the model's cost."""

MIXED = 0.5


def _ladder(scenario: Scenario, _: Parameters, *, guards: bool) -> Ladder:
    return _of_share(scenario, simple_share(scenario), guards=guards)


def _of_share(scenario: Scenario, share: float, *, guards: bool, prices: np.ndarray = PRICES) -> Ladder:
    outlook, trace = needed_outlook(scenario), scenario.trace
    bands = outlook.bands(share, prices)
    mine = (outlook.guarded(bands, guarded) if guards else bands).of(trace.first, trace.end)
    bound = bound_of(trace.series, trace.service, trace.first, trace.end)
    levels = levels_of(scenario, mine.out, mine.keep, bound=bound, guard=mine.guard)
    highest = int(np.searchsorted(prices, HIGHEST_PRICE / scenario.slo.share, side="right")) - 1
    kernel = adaptive_kernel(scenario, PRICED)._replace(behavior=unwindowed())
    return Ladder(prices, kernel, known_of(scenario, floor=scenario.floor, levels=levels), max(highest, 0))


def simple_share(scenario: Scenario) -> float:
    """Return the share of the simple forecast's worth: the model alone, or the mean, by shadow runs on days before."""
    if scenario.simple_share is not None:
        return scenario.simple_share
    before = scenario.shadow
    if before is None:
        return 0.0

    def choose() -> float:
        costs = []
        for share in (0.0, MIXED):
            shadow = _of_share(before, share, guards=False).shadow(before)
            if shadow is None:
                return 0.0
            costs.append(shadow.cost_at(scenario.slo.share))
        return MIXED if costs[1] < FOR_THE_MEAN * costs[0] else 0.0

    return scenario.cached(("simple share",), choose)


def needed_outlook(scenario: Scenario) -> Outlook:
    """Return the outlook; raises InputError if the scenario was made without forecasts."""
    if scenario.outlook is None:
        raise InputError("This policy needs forecasts; the scenario has none.", field="policy")
    return scenario.outlook


def _defaults(scenario: Scenario) -> Parameters:
    """Return the user's price of an unmet request, which no budget moves; else what the objective suggests."""
    price = given_price(scenario)
    if price is not None:
        return {PRICE: price, ADAPTIVE: 0}
    return {PRICE: USUAL_PRICE / scenario.slo.share, ADAPTIVE: 1}


def given_price(scenario: Scenario) -> float | None:
    """Return the user's price of an unmet request, in units of what serving it at full capacity costs."""
    service, trace = scenario.trace.service, scenario.trace
    if service.lost_request_price is None:
        return None
    worth = service.lost_request_price * trace.usable
    return float(np.clip(worth / trace.price, 1.0, PRICES[-1])) if trace.price > 0 else float(PRICES[-1])


def _build(scenario: Scenario, price_of_unmet: float, *, guards: bool) -> KernelInputs:
    """Return the policy at a fixed price: just the given one if it is the user's, else the nearest of the ladder."""
    if price_of_unmet == given_price(scenario):
        exact = np.array([price_of_unmet])
        ladder = _of_share(scenario, simple_share(scenario), guards=guards, prices=exact)
    else:
        ladder = _ladder(scenario, {}, guards=guards)
    budget = budget_of(scenario, ladder.level_of(price_of_unmet), len(ladder.values) - 1, adaptive=False)
    return ladder.kernel._replace(budget=budget), ladder.known


def _price_values(_: Scenario, count: int) -> list[float]:
    """Return prices of the ladder, evenly spaced."""
    places = np.unique(np.linspace(0, len(PRICES) - 1, min(count, len(PRICES))).round().astype(np.int64))
    return PRICES[places].tolist()


def _definition(*, guards: bool) -> PolicyDefinition:
    return PolicyDefinition(
        (PRICE, ADAPTIVE),
        _defaults,
        lambda scenario, price_of_unmet: _build(scenario, price_of_unmet, guards=guards),
        _price_values,
        {ADAPTIVE: (0.0,)},
        ladder=lambda scenario, parameters: _ladder(scenario, parameters, guards=guards),
    )


PREDICTIVE_POLICY, HYBRID_POLICY = _definition(guards=False), _definition(guards=True)
