"""An application with small data sets: one with models of its own, one without, and some that are hard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient

from forecasting.catalog import Catalog
from forecasting.forecasters.trees import lightgbm_trees
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from tests.forecasting.traffic import MONDAY, daily_traffic
from tests.webapp.pages.forecasts.calling import Caller
from webapp import create_app
from webapp.pages.forecasts.requests import KEYS, NAME
from webapp.ui import address
from webapp.ui.address import View

DAY = 86_400
TRAINED_UNTIL = MONDAY + 9 * DAY


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home with data sets: `shop` has models of its own, trained on its first nine days."""
    settings = Settings(home=tmp_path_factory.mktemp("forecasts") / "home")
    catalog, shop = Catalog(settings), replace(daily_traffic(15, 900), name="shop")
    unknown = shop.requests_count.copy()
    unknown[-30:] = np.nan
    other = daily_traffic(12, 900, seed=99)
    for series in (
        shop,
        replace(other, name="zero-shot"),
        replace(daily_traffic(12, 900, seed=3), name="other"),
        replace(resample(other, 3_600), name="hourly"),
        replace(daily_traffic(1, 900, seed=5), name="short"),
        replace(shop, name="unknown-end", requests_count=unknown),
        replace(other, name="nothing", requests_count=np.full(len(other), np.nan)),
        replace(daily_traffic(9, 900, seed=8), name="silent", requests_count=np.zeros(9 * 96)),
    ):
        catalog.add(series)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm_trees, "MOST_ROUNDS", 40)
        train(shop, model_set="shop", models=("lightgbm",), until=TRAINED_UNTIL, settings=settings)
    return settings


@pytest.fixture(scope="package")
def app(home: Settings) -> Dash:
    """The application of that home."""
    return create_app(home)


@pytest.fixture(scope="package")
def client(app: Dash) -> FlaskClient:
    """A client of it."""
    return app.server.test_client()


@pytest.fixture
def call(app: Dash) -> Callable[..., dict]:
    """Calls a callback of the application; see `Caller`."""
    return Caller(app)


@pytest.fixture
def view(client: FlaskClient) -> Callable[..., View]:
    """Makes the view of a query, within a request to the application; of LightGBM, which `shop` has trained."""
    with client.application.test_request_context():
        yield lambda **query: address.read(NAME, {"dataset": "shop", "model": "lightgbm", **query}, KEYS)
