"""Tracks: the replicas of a comparison, thinned without losing a step or a peak."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.replica_lines import ReplicaLine, replica_lines
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation.replay import replay_of
from forecasting.settings import Settings
from forecasting.timeseries.synthetic import generate

POLICIES = ("reactive:tuned", "predictive:tuned")


@pytest.fixture(scope="module")
def comparison(tmp_path_factory) -> Comparison:
    settings = Settings(home=tmp_path_factory.mktemp("tracks"))
    question = ScalingRequest(
        series=generate("traffic", days=8), timeframe="15m", model_type="smoothing", settings=settings
    )
    return compare(replay_of(question), policies=("reactive", "predictive"), knob_values=4)


def drawn(track: ReplicaLine, wall: np.ndarray) -> np.ndarray:
    """The value of a step line at each wall second."""
    return track.replicas[np.searchsorted(track.wall_seconds, wall, side="right") - 1]


def test_every_step_is_as_it_was(comparison):
    trace = comparison.replay.test.trace
    wall = trace.series.wall[trace.first : trace.end]
    tracks = replica_lines(comparison, POLICIES)
    assert tracks.steps_a_point == 1
    np.testing.assert_array_equal(drawn(tracks.needed, wall), trace.needed)
    for track in tracks.ready:
        np.testing.assert_array_equal(drawn(track, wall), comparison.row(track.name).outcome.run.ready)
        assert track.wall_seconds[-1] == wall[-1]
        assert len(track.replicas) < len(trace)


def test_what_did_not_change_is_not_repeated(comparison):
    for track in replica_lines(comparison, POLICIES).ready:
        assert (np.diff(track.replicas[:-1]) != 0).all()


def test_of_many_steps_the_highest_stands_for_several(comparison):
    trace = comparison.replay.test.trace
    tracks = replica_lines(comparison, POLICIES, most=100)
    together = tracks.steps_a_point
    assert together == -(-len(trace) // 100) > 1
    wall = trace.series.wall[trace.first : trace.end][::together]
    ready = comparison.row("reactive:tuned").outcome.run.ready
    expected = [ready[first : first + together].max() for first in range(0, len(ready), together)]
    np.testing.assert_array_equal(drawn(tracks.ready[0], wall), expected)
