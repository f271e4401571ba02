"""The context of an application: one Series for each content, under the version of that content."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from webapp.app.context import SERIES_IN_MEMORY, Context


@pytest.fixture
def context(settings: Settings) -> Context:
    Catalog(settings).add(Series("web", 60, 0, np.ones(60)))
    return Context(settings)


def change(settings: Settings, counts: np.ndarray) -> None:
    Catalog(settings).add(Series("web", 60, 0, counts), replace=True)


def test_it_is_the_same_series_until_its_content_changes(context, settings):
    first, hour = context.series("web"), context.binned("web", 3600)
    assert context.series("web") is first
    assert context.binned("web", 3600) is hour
    change(settings, np.full(60, 2.0))
    assert context.series("web").requests_count.sum() == 120
    assert context.binned("web", 3600).requests_count.tolist() == [120]


def test_content_that_changes_after_the_version_was_read_is_cached_under_its_own(context, settings):
    """Two writers: the content of the second must not be found under the version of the first."""
    old, new = np.ones(60), np.full(60, 2.0)
    read_version = context.catalog.info

    def changed_meanwhile(name: str):
        info = read_version(name)
        change(settings, new)
        return info

    context.catalog.info = changed_meanwhile
    assert context.series("web").requests_count.sum() == 120
    context.catalog.info = read_version
    change(settings, old)
    assert context.series("web").requests_count.sum() == 60


def test_only_a_few_series_stay_in_memory(context, settings):
    first = context.series("web")
    for n in range(SERIES_IN_MEMORY):
        Catalog(settings).add(Series(f"other-{n}", 60, 0, np.ones(60)))
        context.series(f"other-{n}")
    assert context.series("web") is not first


def test_version_and_content_are_read_together(settings):
    catalog = Catalog(settings)
    info = catalog.add(Series("web", 60, 0, np.ones(60)))
    series, version = catalog.get_with_version("web")
    assert (version, series.requests_count.sum()) == (info.version, 60)
    sample, version = catalog.get_with_version("sample")
    assert (version, len(sample)) == (catalog.info("sample").version, catalog.info("sample").bins)
