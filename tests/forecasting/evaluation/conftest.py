"""A small series with model sets of its own: one with days left to test on, one trained on all of it."""

from __future__ import annotations

import pytest

from forecasting.forecasters.trees import lightgbm_trees
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400
TRAINED_DAYS = 9


@pytest.fixture(scope="session")
def series() -> Series:
    """Fifteen days of quarter hours."""
    return daily_traffic(15, 900)


@pytest.fixture(scope="session")
def tested(series, tmp_path_factory) -> Settings:
    """A home where `mine` was trained on the first nine days of `series`."""
    return _trained(series, tmp_path_factory.mktemp("tested"), MONDAY + TRAINED_DAYS * DAY)


@pytest.fixture(scope="session")
def trained(series, tmp_path_factory) -> Settings:
    """A home where `mine` was trained on all of `series`: its last three days are validation days."""
    return _trained(series, tmp_path_factory.mktemp("trained"), None)


def _trained(series: Series, home, until: int | None) -> Settings:
    settings = Settings(home=home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm_trees, "MOST_ROUNDS", 40)
        train(series, model_set="mine", models=("lightgbm",), until=until, settings=settings)
    return settings
