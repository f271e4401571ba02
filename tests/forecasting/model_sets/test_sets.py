"""Sets on disk: names, cards, lazy loading, and replacement that a crash cannot spoil."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from forecasting import model_sets
from forecasting.errors import DamagedModelSet, InputError, NotFound
from forecasting.model_sets.inventory import installed_sets
from forecasting.model_sets.loading import card_of, fitted, set_names
from forecasting.model_sets.names import SHIPPED, checked_set_name
from forecasting.model_sets.writing import new_set_folder
from forecasting.paths import model_sets_root
from tests.forecasting.model_sets.cards import card, install_card

MOST_BYTES = 20_000_000


def test_the_shipped_set_is_there_and_small(settings):
    assert set_names(settings) == [SHIPPED]
    folder = model_sets_root() / SHIPPED
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST_BYTES
    endings = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert endings <= {".json", ".txt", ".ubj", ".npz"}, "nothing that executes when it is read"


def test_the_shipped_set_knows_what_it_was_trained_on(settings):
    card = card_of(SHIPPED, settings)
    assert set(card["models"]) == {"1m", "5m", "15m"}
    for models in card["models"].values():
        assert {"hybrid", "xgboost", "lightgbm", "naive", "seasonal_naive", "smoothing"} <= set(models)
        for entry in models.values():
            assert entry["metrics_on"] == "test"
            assert entry["trained_until"] == entry["metrics_from"] < entry["metrics_until"]


def test_validation_forecasts_are_those_of_the_validation_days(settings):
    stored = model_sets.validation_forecasts(SHIPPED, "15m", "lightgbm", settings)
    entry = card_of(SHIPPED, settings)["models"]["15m"]["lightgbm"]
    assert entry["validation_from"] == "1995-08-14 00:00:00"
    assert stored.means.shape == (9 * 96, len(stored.steps))
    assert stored.steps[0] == 1
    assert (stored.means >= 0).all()


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "A", ".hidden", "x" * 64, "nasa.replaced", 3, None])
def test_names_that_are_no_plain_names_are_refused(name):
    with pytest.raises(InputError, match="model_set must be"):
        checked_set_name(name)


def test_an_unknown_set_lists_what_there_is(settings):
    with pytest.raises(NotFound, match=r"'other' not found\. Available: nasa-http"):
        card_of("other", settings)


def test_an_unknown_pair_lists_what_the_set_has(settings):
    install_card(settings, "mine", card())
    with pytest.raises(NotFound, match="'mine' has no hybrid at 1m"):
        fitted("mine", "1m", "hybrid", settings)


def test_a_model_is_loaded_once_a_process(settings):
    assert fitted(SHIPPED, "5m", "xgboost", settings) is fitted(SHIPPED, "5m", "xgboost", settings)


def test_a_new_set_is_seen_by_a_process_that_read_the_old_one(settings):
    install_card(settings, "mine", card(note="old"))
    install_card(settings, "other", card("other"))
    before = installed_sets(settings)
    assert before.find("mine").card["note"] == "old"
    install_card(settings, "mine", card(note="new"))
    after = installed_sets(settings)
    assert after.find("mine").card["note"] == "new"
    assert after.find("other") is before.find("other"), "what has not changed stays loaded"


def test_what_breaks_off_leaves_the_old_folder(tmp_path):
    def write(note, *, breaks=False):
        with new_set_folder("mine", tmp_path) as folder:
            (folder / "note").write_text(note)
            if breaks:
                raise KeyboardInterrupt

    write("old")
    with pytest.raises(KeyboardInterrupt):
        write("half", breaks=True)
    assert (tmp_path / "mine" / "note").read_text() == "old"
    write("new")
    assert (tmp_path / "mine" / "note").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_card_that_cannot_be_read_is_damaged(settings):
    install_card(settings, "broken", "{")
    with pytest.raises(DamagedModelSet, match=r"'broken' is damaged: its card is not JSON .*Train it again"):
        card_of("broken", settings)


def test_a_set_of_another_schema_asks_to_be_trained_again(settings):
    install_card(settings, "old", '{"schema": 0}')
    with pytest.raises(DamagedModelSet, match=r"has schema 0, and this version reads 1\. Train it again"):
        card_of("old", settings)


def test_a_model_is_loaded_once_and_waits_for_no_other(settings):
    lock = installed_sets(settings).find(SHIPPED).lock_of("5m", "naive")
    with ThreadPoolExecutor(4) as pool:
        with lock:
            blocked = pool.submit(fitted, SHIPPED, "5m", "naive", settings)
            others = [pool.submit(fitted, SHIPPED, "5m", "smoothing", settings) for _ in range(3)]
            assert len({id(other.result(timeout=60)) for other in others}) == 1
            assert not blocked.done()
        assert blocked.result(timeout=60).forecaster.name == "naive"
