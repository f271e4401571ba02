"""The simulator: configured policies over a trace, each a compiled loop, shared out over threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from forecasting import deadline
from forecasting.deadline import Deadline
from forecasting.progress import Progress
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.policies.policy import ConfiguredPolicy
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.outcome import Outcome, RunOutcome, outcome_of, scored


def run(scenario: Scenario, policy: ConfiguredPolicy) -> RunOutcome:
    """Simulate one configured policy and score it."""
    deadline.check()
    trace = scenario.trace
    return outcome_of(trace, simulate(policy.known, policy.world(trace), policy.kernel))


def _sums(scenario: Scenario, policy: ConfiguredPolicy, limit: Deadline | None) -> Outcome:
    if limit is not None:
        limit.check()
    trace = scenario.trace
    return scored(trace, simulate(policy.known, trace.world, policy.kernel))


def run_all(
    scenario: Scenario, policies: Sequence[ConfiguredPolicy], progress: Progress | None = None
) -> list[Outcome]:
    """Simulate many configured policies on as many threads as there are cores (the compiled loop holds no lock).

    Only the sums are returned: the bins of thousands of runs would fill the memory.
    """
    outcomes, limit = [], deadline.current()
    with ThreadPoolExecutor(min(len(policies), os.cpu_count() or 1) or 1) as pool:
        sums = pool.map(lambda policy: _sums(scenario, policy, limit), policies)
        for done, outcome in enumerate(sums, start=1):
            outcomes.append(outcome)
            if progress:
                progress(done / len(policies))
    return outcomes
