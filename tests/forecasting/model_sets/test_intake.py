"""Sets that release 0.4 wrote into the home are taken into the database, whole or damaged, once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from forecasting.errors import DamagedModelSet
from forecasting.model_sets import intake
from forecasting.model_sets.intake import TAKEN_IN, take_in
from forecasting.model_sets.inventory import broken_sets
from forecasting.model_sets.loading import card_of, set_names
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.prediction import predict
from forecasting.settings import Settings
from tests.forecasting.model_sets.cards import card, install_card, stored_files
from tests.forecasting.traffic import daily_traffic

SERIES = daily_traffic(10, 900)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set as release 0.4 wrote it: a folder whose card has no hashes."""
    root = tmp_path_factory.mktemp("old")
    train(SERIES, model_set="mine", models=(), timeframes=("15m",), settings=Settings(home=root / "home"), root=root)
    written = json.loads((root / "mine" / "card.json").read_text())
    del written["files"]
    (root / "mine" / "card.json").write_text(json.dumps(written))
    return root / "mine"


@pytest.fixture
def old_home(folder: Path, either: Settings) -> Settings:
    """A home with that set, one that a kill left moved aside, and two that are damaged."""
    for name in ("mine", "aside.replaced", "broken", "empty"):
        shutil.copytree(folder, either.model_sets_path / name)
    aside = either.model_sets_path / "aside.replaced" / "card.json"
    aside.write_text(aside.read_text().replace('"mine"', '"aside"'))
    (either.model_sets_path / "broken" / "card.json").write_bytes(b"\xff\0{")
    (either.model_sets_path / "empty" / "card.json").unlink()
    (either.model_sets_path / ".writing-half").mkdir()
    (either.model_sets_path / "No Set").mkdir()
    return either


def test_old_sets_are_taken_in_with_their_damage_and_the_folder_is_put_away(old_home, folder):
    assert take_in(old_home) == ("aside", "broken", "empty", "mine")
    assert set_names(old_home) == ["aside", "broken", "empty", "mine", SHIPPED]
    paths = sorted(path for path in folder.rglob("*.*") if path.name != "card.json")
    assert stored_files(old_home, "mine") == {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    assert set(card_of("mine", old_home)["files"]) == set(stored_files(old_home, "mine"))
    assert predict(SERIES, model="smoothing", horizon=1, settings=old_home).model_set == "mine"
    assert set(broken_sets(old_home)) == {"broken", "empty"}
    with pytest.raises(DamagedModelSet, match="'empty' is damaged: its card is not JSON"):
        card_of("empty", old_home)
    assert not old_home.model_sets_path.exists()
    assert (old_home.home / TAKEN_IN / "No Set").is_dir()
    assert take_in(old_home) == ()


def test_killed_before_the_end_it_goes_on_and_keeps_what_is_newer(old_home, monkeypatch):
    install_card(old_home, "mine", card(note="newer"))

    def killed(root: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_put_away", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(old_home)
    assert old_home.model_sets_path.exists()
    assert take_in(old_home) == ()
    assert card_of("mine", old_home)["note"] == "newer"
    assert not old_home.model_sets_path.exists()


def test_during_a_training_the_next_program_does_it(old_home):
    with sets_locked(old_home):
        assert take_in(old_home) == ()
    assert take_in(old_home)


def test_nothing_is_taken_in_where_nothing_may_change(old_home):
    assert take_in(Settings(home=old_home.home, database_url=old_home.database_url, read_only=True)) == ()
    assert old_home.model_sets_path.exists()
