"""The outlook: what was forecast, from which origins, and against what it is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting import prediction
from forecasting.hindcasts.source import source_of
from forecasting.model_sets.training import train
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.simulation.simulate import simulate
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate
from tests.forecasting.traffic import replay_on


@pytest.fixture
def trained(settings: Settings) -> Series:
    """Fourteen days in quarters of an hour without a time zone; a set was trained on all but the last four."""
    series = replace(resample(generate("known", days=14), 900), time_zone=None)
    until = moment_of("2026-03-12", None)
    train(series, model_set="known", models=("smoothing",), timeframes=("15m",), until=until, settings=settings)
    return series


def test_stored_forecasts_stand_at_the_same_wall_time_in_whatever_zone_the_counts_are_imported(trained, settings):
    zoned = replace(trained, time_zone="-04:00", start=trained.start + 4 * 3600)
    assert zoned.ds == trained.ds
    sources = []
    for series in (trained, zoned):
        fitted, seen = prediction.chosen(series, "smoothing", "known", settings)
        sources.append(source_of(series, fitted, seen, settings))
    assert sources[0].stored_from == sources[1].stored_from > 0
    origins = np.arange(sources[0].stored_from, sources[0].seen + 20)
    means = [source.means(origins, np.array([1, 3])) for source in sources]
    np.testing.assert_allclose(means[0], means[1])


def test_a_replay_does_not_depend_on_the_zone(trained, settings):
    zoned = replace(trained, time_zone="-04:00", start=trained.start + 4 * 3600)
    scaled = ScaledService(capacity_per_minute=40)
    totals = [
        simulate(replay_on(series, scaled, model_type="smoothing", settings=settings), "predictive").totals
        for series in (trained, zoned)
    ]
    assert totals[0] == totals[1]
