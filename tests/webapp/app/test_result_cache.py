"""Kept answers: found again by whoever asks the same of the same, never where anything differs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.model_sets import accept, remove
from forecasting.settings import LEAST_CACHE_BYTES, Settings
from forecasting.timeseries.series import Series
from tests.forecasting.model_sets.cards import card, install_card
from webapp.app import result_cache as answers_module
from webapp.app.processes import environment_of
from webapp.app.result_cache import ResultCache

ASKED = {"dataset": "sample", "slo": {"max_unmet_share": 0.01}, "policies": ["a", "b"], "quick": True}


@pytest.fixture
def answers(settings: Settings) -> ResultCache:
    return ResultCache(settings)


class TestKeys:
    def test_the_same_question_has_the_same_key(self, answers, settings):
        turned = dict(reversed(ASKED.items()))
        assert answers.key("compare", "v1", ASKED) == ResultCache(settings).key("compare", "v1", turned)

    def test_numbers_are_the_same_however_a_browser_or_numpy_writes_them(self, answers):
        keys = {
            answers.key("a", "v", {"boot": boot, "more": [boot]})
            for boot in (120, 120.0, np.float64(120), np.int64(120))
        }
        assert len(keys) == 1

    @pytest.mark.parametrize(
        ("name", "version", "arguments"),
        [
            ("simulate", "v1", ASKED),
            ("compare", "v2", ASKED),
            ("compare", "v1", {**ASKED, "quick": False}),
            ("compare", "v1", {**ASKED, "policies": ["b", "a"]}),
            ("compare", "v1", {**ASKED, "slo": {"max_unmet_share": 0.02}}),
            ("compare", "v1", {}),
        ],
    )
    def test_anything_else_has_another(self, answers, name, version, arguments):
        assert answers.key(name, version, arguments) != answers.key("compare", "v1", ASKED)

    def test_parts_never_run_together(self, answers):
        assert answers.key("a", "bc", {}) != answers.key("ab", "c", {})

    def test_another_release_has_another(self, answers, monkeypatch):
        before = answers.key("compare", "v1", ASKED)
        monkeypatch.setattr(answers_module, "installed_version", lambda: "99.0.0")
        assert answers.key("compare", "v1", ASKED) != before

    def test_a_trained_replaced_or_removed_model_set_changes_it(self, answers, settings):
        keys = [answers.key("compare", "v1", ASKED)]
        for _ in range(2):
            install_card(settings, "own.candidate", card("own.candidate"))
            keys.append(answers.key("compare", "v1", ASKED))
        accept("own", settings)
        keys.append(answers.key("compare", "v1", ASKED))
        assert len(set(keys)) == 4
        remove("own", settings)
        assert answers.key("compare", "v1", ASKED) == keys[0]

    def test_new_points_change_the_version_and_so_the_key(self, answers, settings):
        catalog = Catalog(settings)
        catalog.add(Series("web", 60, 0, np.ones(10)))
        before = answers.key("a", catalog.info("web").version, {})
        catalog.add(Series("web", 60, 0, np.arange(10.0)), replace=True)
        assert answers.key("a", catalog.info("web").version, {}) != before


class TestKeeping:
    @pytest.mark.parametrize("answer", [{"a": [1, None]}, "text", 0, False, [], 1.5], ids=repr)
    def test_there_and_back(self, answers, answer):
        key = answers.key("a", "v", {})
        assert answers.find(key) is None
        assert answers.put(key, answer) is True
        assert answers.find(key) == answer

    def test_it_is_computed_once(self, answers):
        calls = []

        def compute() -> dict:
            calls.append(1)
            return {"made": len(calls)}

        asked = [answers.get_or_compute("a", "v", {"n": 1}, compute, dict) for _ in range(3)]
        assert asked == [{"made": 1}] * 3
        assert answers.get_or_compute("a", "v", {"n": 2}, compute, dict) == {"made": 2}

    def test_an_error_is_not_kept(self, answers):
        with pytest.raises(ZeroDivisionError):
            answers.get_or_compute("a", "v", {}, lambda: 1 / 0, float)
        assert answers.get_or_compute("a", "v", {}, lambda: "well", str) == "well"

    def test_two_processes_see_the_same(self, answers, settings):
        code = (
            "from webapp.app.result_cache import ResultCache; from forecasting.settings import Settings;"
            "answers = ResultCache(Settings.from_environment());"
            "print(answers.get_or_compute('a', 'v', {'n': 1}, lambda: 'made there', str), answers.find('no such key'))"
        )
        environment = {**os.environ, **environment_of(settings)}

        def asked_there() -> str:
            return subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
            ).stdout

        assert asked_there() == "made there None\n"
        assert answers.get_or_compute("a", "v", {"n": 1}, lambda: "made here", str) == "made there"
        assert ResultCache(settings).find(answers.key("a", "v", {"n": 1})) == "made there"

    def test_the_folder_is_the_owners_alone(self, answers, settings):
        answers.put(answers.key("a", "v", {}), 1)
        assert settings.cache_path.stat().st_mode & 0o077 == 0

    def test_whatever_is_created_on_the_way_is_the_owners_alone(self, tmp_path):
        umask = os.umask(0o002)
        try:
            ResultCache(Settings(home=tmp_path / "data" / "home")).put("key", 1)
        finally:
            os.umask(umask)
        folders = [folder for folder in tmp_path.rglob("*") if folder.is_dir()]
        assert [folder.name for folder in folders] == ["data", "home", "cache", "results"]
        assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders)

    @pytest.mark.parametrize("damage", [b"", b"\0" * 64, b"\xff" * 64, b'{"expires": 0}', b"[1]"], ids=repr)
    def test_a_damaged_file_is_an_answer_to_be_made_again(self, answers, settings, damage):
        key = answers.key("a", "v", {})
        answers.put(key, "whole")
        for file in (settings.cache_path / "results").iterdir():
            file.write_bytes(damage)
        assert ResultCache(settings).get_or_compute("a", "v", {}, lambda: "made again", str) == "made again"

    def test_an_entry_of_another_type_is_a_miss_that_is_removed(self, answers, settings, caplog):
        key = answers.key("a", "v", {})
        answers.put(key, {"not": "text"})
        assert answers.find(key, str) is None
        assert "removed" in caplog.text
        assert list((settings.cache_path / "results").iterdir()) == []

    def test_the_pickles_of_an_earlier_version_are_removed_unread(self, settings):
        settings.prepare_home()
        for name in ("answers", "jobs"):
            (settings.cache_path / name).mkdir()
            (settings.cache_path / name / "old").write_bytes(b"\x80\x04.")
        ResultCache(settings).put("key", 1)
        assert [path.name for path in settings.cache_path.iterdir()] == ["results"]

    def test_what_is_cached_stays_within_the_bytes_of_the_settings(self, settings):
        bounded = ResultCache(replace(settings, cache_bytes=LEAST_CACHE_BYTES))
        keys = [bounded.key("a", "v", {"n": n}) for n in range(30)]
        for key in keys:
            assert bounded.put(key, "x" * 1_000_000)
            files = (settings.cache_path / "results").iterdir()
            assert sum(file.stat().st_size for file in files) <= LEAST_CACHE_BYTES
        assert bounded.find(keys[-1]) is not None
        assert bounded.find(keys[0]) is None
        assert bounded.put("too large", "x" * (LEAST_CACHE_BYTES + 1)) is False


class TestWithoutAHome:
    @pytest.fixture
    def homeless(self, tmp_path: Path) -> ResultCache:
        """Nobody, not even root, can make a folder inside a file."""
        (tmp_path / "file").write_text("")
        return ResultCache(Settings(home=tmp_path / "file" / "home"))

    def other(self, tmp_path: Path) -> ResultCache:
        return ResultCache(Settings(home=tmp_path / "file" / "home"))

    def test_answers_are_kept_by_the_process(self, homeless, tmp_path, caplog):
        assert homeless.get_or_compute("a", "v", {}, lambda: "once", str) == "once"
        assert homeless.get_or_compute("a", "v", {}, lambda: "twice", str) == "once"
        assert self.other(tmp_path).get_or_compute("a", "v", {}, lambda: "elsewhere", str) == "elsewhere"
        assert "results are cached by each worker" in caplog.text

    def test_with_a_home_they_are_shared(self, answers, settings):
        answers.get_or_compute("a", "v", {}, lambda: "once", str)
        assert ResultCache(settings).get_or_compute("a", "v", {}, lambda: "twice", str) == "once"
