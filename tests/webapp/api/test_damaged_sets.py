"""A model set that is damaged is left out and named; nothing else fails for it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from forecasting.errors import DamagedModelSet
from forecasting.model_sets.inventory import broken_sets
from forecasting.model_sets.training import train
from forecasting.prediction import predict
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from tests.forecasting.traffic import daily_traffic
from tests.webapp.rendering import rendered, text_of
from webapp import create_app

SHOP = replace(daily_traffic(10, 900), name="shop")
SET = Path("models", "shop")
MODELS = ("auto", "smoothing", "seasonal_naive")


def truncate(path: Path, _other: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, _other: Path) -> None:
    """Flip a bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def delete(path: Path, _other: Path) -> None:
    """Remove a file."""
    path.unlink()


def swap(path: Path, other: Path) -> None:
    """Put another file of the set in its place."""
    shutil.copyfile(other, path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a model set that was trained on SHOP."""
    home = tmp_path_factory.mktemp("trained") / "home"
    train(SHOP, model_set="shop", models=("auto",), timeframes=("15m",), settings=Settings(home=home))
    return home


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes copies of that home: what a process has loaded from one says nothing about another."""
    numbers = itertools.count()
    return lambda: Path(shutil.copytree(trained, tmp_path / f"home-{next(numbers)}"))


def predicted(client: FlaskClient, model: str, **more: object) -> object:
    """The answer to a forecast of SHOP."""
    points = [
        {"ds": wall_text(SHOP.start + index * 900, None), "y": float(count)}
        for index, count in enumerate(SHOP.requests_count)
    ]
    return client.post(
        "/forecast/predict", json={"data": points, "model_type": model, "horizon": 3, "timeframe": "15m", **more}
    )


def check_left_out(home: Path, model: str) -> None:
    """Check that forecasts do without the set `shop`, which is damaged in one model, and say so."""
    settings = Settings(home=home)
    made = predict(SHOP, model=model, horizon=3, settings=settings)
    assert made.model_set != "shop"
    assert any("'shop' is damaged" in text and "left out" in text for text in made.warnings)
    assert "'shop' is damaged" in broken_sets(settings)["shop"]
    with pytest.raises(DamagedModelSet, match=r"'shop' is damaged: .*dataflow train --model-set shop"):
        predict(SHOP, model=model, horizon=3, model_set="shop", settings=settings)


def check_doors(home: Path, model: str) -> None:
    """Check every door of an install whose set `shop` is damaged in one model."""
    client = create_app(Settings(home=home)).server.test_client()
    response = predicted(client, model)
    assert response.status_code == 200
    assert any("'shop' is damaged" in text for text in response.json["warnings"])
    named = predicted(client, model, model_set="shop")
    assert named.status_code == 503
    assert "'shop' is damaged" in named.json["message"]
    listed = client.get("/models")
    assert listed.status_code == 200
    assert "'shop' is damaged" in listed.json["broken_model_sets"]["shop"]
    health = client.get("/health")
    assert (health.status_code, health.json["broken_model_sets"]) == (200, ["shop"])
    for page in ("/model-cards", "/forecasts"):
        assert "'shop' is damaged" in text_of(rendered(client, page))


@pytest.mark.parametrize("harm", [truncate, flip, delete, swap])
def test_any_file_that_is_damaged_is_noticed_and_the_set_left_out(trained, copied, harm):
    paths = sorted(path.relative_to(trained) for path in (trained / SET / "15m").rglob("*.*"))
    assert len(paths) > 10
    for path in paths:
        home = copied()
        others = (home / other for other in paths if (home / other).read_bytes() != (home / path).read_bytes())
        harm(home / path, next(others))
        check_left_out(home, path.parts[3])
    check_doors(home, path.parts[3])


@pytest.mark.parametrize("harm", [truncate, flip, swap])
def test_a_card_that_is_damaged_is_noticed_and_the_set_left_out(copied, harm):
    home = copied()
    harm(home / SET / "card.json", home / SET / "15m" / "auto" / "auto.json")
    for model in MODELS:
        check_left_out(home, model)
    check_doors(home, "auto")


def test_a_whole_set_is_used_without_a_warning(copied):
    client = create_app(Settings(home=copied())).server.test_client()
    for model in MODELS:
        answer = predicted(client, model).json
        assert answer["model_set"] == "shop"
        assert not [text for text in answer["warnings"] if "damaged" in text]
    assert client.get("/models").json["broken_model_sets"] == {}
