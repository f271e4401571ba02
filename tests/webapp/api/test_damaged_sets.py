"""A model set that is damaged is left out and named; nothing else fails for it."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from forecasting.database import Store
from forecasting.errors import DamagedModelSet
from forecasting.model_sets import loading
from forecasting.model_sets.inventory import broken_sets, installed_sets
from forecasting.model_sets.set_tables import model_files, model_set_files, model_sets
from forecasting.model_sets.stored import FOLDER
from forecasting.model_sets.training import train
from forecasting.prediction import predict
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from tests.forecasting.traffic import daily_traffic
from tests.webapp.rendering import rendered, text_of
from webapp import create_app

SHOP = replace(daily_traffic(10, 900), name="shop")
MODELS = ("auto", "smoothing", "seasonal_naive")
FILES, CONTENTS, SETS = model_set_files.c, model_files.c, model_sets.c

Harm = Callable[[sa.Connection, str], None]
"""Damages one file of the set `shop`, given its path."""


def payload_of(connection: sa.Connection, path: str) -> tuple[str, bytes]:
    """The hash and the stored bytes of a file."""
    statement = sa.select(CONTENTS.sha256, CONTENTS.payload).join_from(model_files, model_set_files)
    row = connection.execute(statement.where(FILES.path == path)).one()
    return row.sha256, row.payload


def put_payload(connection: sa.Connection, path: str, change: Callable[[bytes], bytes]) -> None:
    """Replace the stored bytes of a file, whose hash stays."""
    sha256, payload = payload_of(connection, path)
    connection.execute(sa.update(model_files).where(CONTENTS.sha256 == sha256).values(payload=change(payload)))


def truncate(connection: sa.Connection, path: str) -> None:
    """Leave the first half of a file."""
    put_payload(connection, path, lambda payload: payload[: len(payload) // 2])


def flip(connection: sa.Connection, path: str) -> None:
    """Flip a bit in the middle of a file."""
    put_payload(connection, path, lambda one: bytes([*one[:-9], one[-9] ^ 4, *one[-8:]]))


def empty(connection: sa.Connection, path: str) -> None:
    """Leave nothing of a file."""
    put_payload(connection, path, lambda _: b"")


def other_content(connection: sa.Connection, path: str) -> None:
    """Put the content of another file in its place."""
    own = payload_of(connection, path)[0]
    other = connection.execute(sa.select(CONTENTS.payload).where(CONTENTS.sha256 != own)).scalars().first()
    put_payload(connection, path, lambda _: other)


def swap(connection: sa.Connection, path: str) -> None:
    """Name another file in its place."""
    own = payload_of(connection, path)[0]
    other = connection.execute(sa.select(FILES.sha256).where(FILES.sha256 != own)).scalars().first()
    connection.execute(sa.update(model_set_files).where(FILES.path == path).values(sha256=other))


def delete(connection: sa.Connection, path: str) -> None:
    """Name it no more."""
    connection.execute(sa.delete(model_set_files).where(FILES.path == path))


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


@pytest.mark.parametrize("harm", [truncate, flip, empty, other_content, swap, delete])
def test_any_file_that_is_damaged_is_noticed_and_the_set_left_out(trained, copied, harm: Harm):
    paths = [file.path for file in installed_sets(Settings(home=trained)).find("shop").files.listed()]
    assert len(paths) > 10
    for path in paths:
        home = copied()
        Store(Settings(home=home)).write(lambda connection, path=path: harm(connection, path))
        check_left_out(home, path.split("/")[1])
    check_doors(home, path.split("/")[1])


@pytest.mark.parametrize(
    "change", [lambda text: text[: len(text) // 2], lambda text: text.replace("2024", "x", 1), str.upper]
)
def test_a_card_that_is_damaged_is_noticed_and_the_set_left_out(copied, change: Callable[[str], str]):
    home = copied()

    def harm(connection: sa.Connection) -> None:
        text = connection.execute(sa.select(SETS.card)).scalar_one()
        connection.execute(sa.update(model_sets).values(card=change(text)))

    Store(Settings(home=home)).write(harm)
    for model in MODELS:
        check_left_out(home, model)
    check_doors(home, "auto")


def test_a_cached_file_that_is_damaged_is_removed_and_fetched_anew(copied, caplog):
    settings = Settings(home=copied())
    before = predict(SHOP, model="auto", horizon=3, settings=settings)
    files = list((settings.cache_path / FOLDER).glob("*.bin"))
    assert len(files) > 5
    for file in files:
        file.write_bytes(file.read_bytes()[:-1])
    loading._loaded.cache_clear()  # as a process that has just started
    after = predict(SHOP, model="auto", horizon=3, settings=settings)
    assert (after.model_set, after.warnings) == ("shop", before.warnings)
    assert after.yhat.tolist() == before.yhat.tolist()
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() == file.stem for file in files)
    assert "is damaged" in caplog.text


def test_a_whole_set_is_used_without_a_warning(copied):
    client = create_app(Settings(home=copied())).server.test_client()
    for model in MODELS:
        answer = predicted(client, model).json
        assert answer["model_set"] == "shop"
        assert not [text for text in answer["warnings"] if "damaged" in text]
    assert client.get("/models").json["broken_model_sets"] == {}
