"""Cache warm-up: the forecasts of a replay, made ahead of time, so that a change of the service is instant.

The steps that a replay needs follow from its start-up time (`window_steps`). If those of longer start-up times are
cached too, another start-up time needs at most one step more.
"""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.hindcasts.lead_windows import window_steps
from forecasting.hindcasts.window_forecasts import refuse_unreachable
from forecasting.progress import Progress
from forecasting.scaling.simulation.replay import Replay

STEPS_AT_ONCE = 3


def effort(replay: Replay) -> int:
    """Return the forecasts (origins times steps) that one replay needs if none is cached."""
    first, last = replay.origins
    return (last - first) * len(window_steps(replay.lead))


def reach_of(replay: Replay) -> int:
    """Return how far the warm-up reaches: at least twice the lead, in few sizes to suit many start-up times.

    Raises InputError if the lead is longer than a forecast reaches.
    """
    refuse_unreachable(replay.lead)
    reach = 8
    while reach < 2 * replay.lead:
        reach *= 2
    return min(reach, MAX_HORIZON)


def rehearse(replay: Replay, reach: int, progress: Progress | None = None) -> int:
    """Make and cache the forecasts of the replay's days for windows up to `reach` bins; return how many they are."""
    refuse_unreachable(reach)
    origins, steps = np.arange(*replay.origins), window_steps(reach)
    groups = np.array_split(steps, -(-len(steps) // STEPS_AT_ONCE))
    for done, group in enumerate(groups, start=1):
        replay.source.means(origins, group)
        if progress:
            progress(done / len(groups))
    return len(origins) * len(steps)
