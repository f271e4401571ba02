"""The simulator: candidates over a trace, each a compiled loop, shared out over threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.policies.policy import Candidate, Situation
from forecasting.scaling.simulation.outcome import Outcome, outcome_of

Progress = Callable[[float], None]


def run(situation: Situation, candidate: Candidate) -> Outcome:
    """Simulate one candidate and score it."""
    trace = situation.trace
    return outcome_of(trace, simulate(candidate.known, trace.world, candidate.kernel))


def run_all(situation: Situation, candidates: Sequence[Candidate], progress: Progress | None = None) -> list[Outcome]:
    """Simulate many candidates on as many threads as there are cores (the compiled loop holds no lock).

    Only what each adds up to is kept: the steps of thousands of runs would fill the memory.
    """
    outcomes = []
    with ThreadPoolExecutor(min(len(candidates), os.cpu_count() or 1) or 1) as pool:
        sums = pool.map(lambda one: replace(run(situation, one), run=None), candidates)
        for done, outcome in enumerate(sums, start=1):
            outcomes.append(outcome)
            if progress:
                progress(done / len(candidates))
    return outcomes
