"""`dataflow train`, `predict`, `backtest`, `models` and `check`, on a small data set with a set of its own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting import model_sets
from forecasting.database import Store
from forecasting.database.leases import holder_of
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.registry import SIMPLE_RULES
from forecasting.model_sets.lock import LEASE
from forecasting.settings import Settings
from webapp import create_app
from webapp.app.cli import main

ROOT = Path(__file__).resolve().parents[3]
TRAINED_UNTIL = "2026-03-12 00:00:00"
END = "2026-03-14 00:00:00"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with the data set `tiny` (12 synthetic days from 2026-03-02) and the model set `tiny` trained on 10."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFLOW_HOME", str(folder))
        assert main(["data", "generate", "tiny", "--days", "12", "--quiet"]) == 0
        words = ["--until", TRAINED_UNTIL, "--model", "lightgbm", "--timeframe", "15m", "--quiet"]
        assert main(["train", "--dataset", "tiny", *words]) == 0
    return folder


@pytest.fixture
def tiny(dataflow, home, monkeypatch):
    """Call `dataflow` in that home."""
    monkeypatch.setenv("DATAFLOW_HOME", str(home))
    return dataflow


def option_words(**options: object) -> list[object]:
    """`model="naive"` as `--model naive`."""
    return [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]


class TestTrain:
    @pytest.fixture
    def fresh(self, tiny):
        """A data set of its own: a newer set trained on `tiny` would be the one that other tests get."""
        tiny("data", "generate", "fresh", "--seed", 3, "--days", 9, "--replace")
        return "fresh"

    def test_the_new_card_is_printed_and_the_set_is_there(self, tiny, fresh):
        words = option_words(dataset=fresh, until="2026-03-10", model="lightgbm", timeframe="15m", model_set="half")
        done = tiny("train", *words, "--json")
        assert (done.code, done.err) == (0, "")
        assert done.json["model_set"] == "half"
        assert done.json["models"]["15m"]["lightgbm"]["trained_until"] == "2026-03-10 00:00:00"
        assert {row["model_set"] for row in tiny("models", "--json").json} >= {"tiny", "half"}

    def test_the_report_names_every_model_with_its_scores(self, tiny, fresh):
        words = option_words(dataset=fresh, model="lightgbm", timeframe="15m")
        done = tiny("train", *words, "--quiet")
        assert done.out.startswith("model set fresh, trained on fresh\n")
        assert all(f"  {model}  " in done.out for model in ("lightgbm", "smoothing", "naive"))

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            ({"dataset": "absent"}, 1, "Data set 'absent' not found"),
            (
                {"dataset": "tiny", "model": "arima"},
                2,
                "model must be one of auto, adaptive, hybrid, xgboost, lightgbm",
            ),
            ({"dataset": "tiny", "timeframe": "7m"}, 2, "timeframe must be whole minutes or hours"),
            ({"dataset": "tiny", "until": "tomorrow"}, 2, "until must be a time such as"),
            ({"dataset": "tiny", "until": "2026-03-03", "timeframe": "15m"}, 1, "known bins of 15m; training needs"),
            ({"dataset": "tiny", "model_set": "../up"}, 2, "model_set must be 1 to 63 characters"),
        ],
    )
    def test_what_it_refuses(self, tiny, home, options, code, message):
        before = model_sets.set_names(Settings(home=home))
        done = tiny("train", *option_words(**options))
        assert done.code == code
        assert message in done.err
        assert model_sets.set_names(Settings(home=home)) == before

    def test_ctrl_c_leaves_the_old_set_in_place(self, home):
        settings = Settings(home=home)
        before = model_sets.card_of("tiny", settings)
        command = [sys.executable, "-c", "import sys; from webapp.app.cli import main; sys.exit(main())"]
        words = ["train", "--dataset", "sample", "--model-set", "tiny", "--model", "xgboost", "--timeframe", "1m"]
        with subprocess.Popen(
            [*command, *words],
            cwd=ROOT,
            env={**os.environ, "DATAFLOW_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while holder_of(Store(settings), LEASE) is None and process.poll() is None:
                time.sleep(0.05)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, "")
        assert err.splitlines()[-1] == "dataflow: interrupted; nothing was changed."
        assert "Traceback" not in err
        assert model_sets.card_of("tiny", settings) == before
        assert holder_of(Store(settings), LEASE) is None


class TestPredict:
    def test_it_prints_what_the_api_answers(self, tiny, home):
        options = {"model": "lightgbm", "timeframe": "15m", "horizon": 3, "quantiles": "0.05,0.95"}
        printed = tiny("predict", *option_words(dataset="tiny", **options), "--json").json
        tiny("data", "export", "tiny", "--timeframe", "15m", "-o", "tiny.csv")
        with open("tiny.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        points = [{"ds": row["timestamp"], "y": float(row["requests_count"] or "nan")} for row in rows]
        body = {
            "data": [{**point, "y": None if np.isnan(point["y"]) else point["y"]} for point in points],
            "horizon": 3,
            "model_type": "lightgbm",
            "timeframe": "15m",
            "model_set": "tiny",
            "quantiles": [0.05, 0.95],
        }
        answer = create_app(Settings(home=home)).server.test_client().post("/forecast/predict", json=body).get_json()
        assert printed == answer
        assert printed["predictions"][0]["ds"] == END

    def test_the_table(self, tiny):
        done = tiny("predict", *option_words(dataset="tiny", model="lightgbm", timeframe="15m", horizon=2))
        title, _, header, *rows = done.out.splitlines()
        assert title == "tiny: lightgbm, requests per 15m, model set tiny"
        assert header.split() == ["time", "expected", "80", "%", "from", "to"]
        assert [row[:19] for row in rows] == [END, "2026-03-14 00:15:00"]

    def test_an_origin_forgets_what_came_after(self, tiny):
        words = option_words(dataset="tiny", model="naive", timeframe="15m", horizon=1)
        done = tiny("predict", *words, "--origin", "2026-03-13 12:00:00", "--json")
        assert done.json["predictions"][0]["ds"] == "2026-03-13 12:15:00"

    def test_a_zero_shot_forecast_says_so(self, tiny):
        tiny("data", "generate", "other", "--seed", 5, "--days", 3, "--replace")
        words = option_words(dataset="other", model="lightgbm", timeframe="15m", model_set="tiny", horizon=1)
        assert tiny("predict", *words).err.startswith("note: Zero-shot: model set 'tiny' was not trained on this")
        done = tiny("predict", *words, "--json")
        assert done.err == ""
        assert done.json["warnings"][0].startswith("Zero-shot")

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            ({"horizon": 101}, 2, "horizon must be an integer from 1 to 100 (got 101)."),
            ({"horizon": 0}, 2, "horizon must be an integer from 1 to 100 (got 0)."),
            ({"model": "arima"}, 2, "model must be one of"),
            ({"model_set": "absent"}, 1, "Model set 'absent' not found"),
            ({"origin": "1995-08-01"}, 2, "origin must be a time from 2026-03-02 00:00:00"),
            ({"origin": "noon"}, 2, "origin must be a time such as"),
            ({"quantiles": "0.999"}, 2, "quantiles must be from 0.025 to 0.99 (got 0.999)."),
        ],
    )
    def test_what_it_refuses(self, tiny, options, code, message):
        words = option_words(**{"dataset": "tiny", "model": "lightgbm", "timeframe": "15m", **options})
        done = tiny("predict", *words)
        assert (done.code, done.out) == (code, "")
        assert message in done.err


class TestBacktest:
    WORDS = option_words(dataset="tiny", model="lightgbm", timeframe="15m")
    FIELDS = (
        "model", "timeframe", "step", "n", "rmse", "mae", "smape", "mase", "wql", "coverage_80", "coverage_90", "bias",
    )  # fmt: skip

    def test_the_fixed_fields_and_the_whole_path_last(self, tiny):
        done = tiny("backtest", *self.WORDS, "--steps", "1,4", "--json")
        assert (done.code, done.err) == (0, "")
        assert all(set(row) == set(self.FIELDS) for row in done.json)
        assert [row["step"] for row in done.json] == [1, 4, "all"]

    def test_it_starts_after_what_was_trained_on(self, tiny):
        tiny("backtest", *self.WORDS, "--steps", "1-3", "--out", "all.csv", "--quiet")
        frame = pd.read_csv("all.csv")
        assert (frame["ds"].min(), frame["ds"].max()) == (TRAINED_UNTIL, "2026-03-13 23:45:00")

    def test_the_file_s_layout_and_the_scores_follow_from_it(self, tiny):
        words = option_words(start="2026-03-12 06:00", end="2026-03-13", steps="1-3,8", stride=2, out="out.csv")
        scores = tiny("backtest", *self.WORDS, *words, "--json").json
        frame = pd.read_csv("out.csv")
        quantiles = [f"q{100 * level:g}" for level in QUANTILES]
        assert list(frame.columns) == ["origin", "step", "ds", "y", "yhat", *quantiles]
        assert not frame.duplicated(["origin", "step"]).any()
        assert sorted(frame["step"].unique()) == [1, 2, 3, 8]
        origin, ds = pd.to_datetime(frame["origin"]), pd.to_datetime(frame["ds"])
        assert (ds == origin + frame["step"] * pd.Timedelta("15min")).all()
        assert ds.min() == pd.Timestamp("2026-03-12 06:00:00")
        assert ds.max() == pd.Timestamp("2026-03-12 23:45:00")
        assert set(origin.drop_duplicates().diff().dropna()) == {pd.Timedelta("30min")}
        error = frame["yhat"] - frame["y"]
        path = scores[-1]
        assert path["n"] == error.notna().sum()
        assert path["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-9)
        assert path["mae"] == pytest.approx(error.abs().mean(), rel=1e-9)
        inside = (frame["q10"] <= frame["y"]) & (frame["y"] <= frame["q90"])
        assert path["coverage_80"] == pytest.approx(inside[frame["y"].notna()].mean())
        assert (np.diff(frame[quantiles].to_numpy(), axis=1) >= 0).all()

    def test_an_unknown_target_is_an_empty_y_and_is_not_scored(self, tiny, tmp_path):
        tiny("data", "export", "tiny", "--timeframe", "15m", "-o", "tiny.csv")
        known = pd.read_csv("tiny.csv").set_index("timestamp")["requests_count"]
        hole = known.index[known.isna()][0]
        done = tiny("backtest", *self.WORDS, "--steps", "1", "--start", hole, "--end", END, "--out", "o.csv", "--json")
        frame = pd.read_csv("o.csv")
        assert frame["ds"][0] == hole
        assert np.isnan(frame["y"][0])
        assert f"{hole},," in Path("o.csv").read_text()
        assert done.json[-1]["n"] == frame["y"].notna().sum() < len(frame)

    def test_in_sample_targets_are_said_to_be(self, tiny):
        done = tiny("backtest", *self.WORDS, "--start", "2026-03-10", "--steps", "1", "--json")
        assert done.code == 0
        assert done.err.startswith("note: In-sample: model set 'tiny' was trained on this series until 2026-03-12")

    def test_the_table(self, tiny):
        done = tiny("backtest", *self.WORDS, "--steps", "1", "--quiet")
        title, _, header, *rows = done.out.splitlines()
        assert title == "tiny: lightgbm, requests per 15m"
        assert header.split()[:3] == ["step", "forecasts", "RMSE"]
        assert [row.split()[0] for row in rows] == ["1", "all"]

    def test_an_interrupted_or_failed_run_leaves_the_older_file(self, tiny):
        Path("out.csv").write_text("old")
        done = tiny("backtest", *self.WORDS, "--start", END, "--out", "out.csv")
        assert done.code == 1
        assert Path("out.csv").read_text() == "old"

    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (["--steps", "101"], 2, "steps must be an integer from 1 to 100 (got 101)."),
            (["--steps", "0-3"], 2, "steps must be a list such as 1,12 or 1-12 (got '0-3')"),
            (["--stride", "0"], 2, "0 is not in the range x>=1."),
            (["--start", "soon"], 2, "start must be a time such as"),
            (["--model-set", "absent"], 1, "Model set 'absent' not found"),
        ],
    )
    def test_what_it_refuses(self, tiny, words, code, message):
        done = tiny("backtest", *self.WORDS, *words)
        assert (done.code, done.out) == (code, "")
        assert message in done.err


class TestModelsAndCheck:
    def test_models_lists_one_row_a_model(self, tiny):
        rows = [row for row in tiny("models", "--json").json if row["model_set"] == "tiny"]
        assert {(row["model"], row["timeframe"]) for row in rows} == {
            (model, "15m") for model in ("lightgbm", *SIMPLE_RULES)
        }
        assert TRAINED_UNTIL in tiny("models").out

    def test_check_loads_everything(self, tiny):
        done = tiny("check", "--json")
        assert done.code == 0
        assert done.json["model_sets"].keys() >= {model_sets.SHIPPED, "tiny"}
        assert tiny("check").out.endswith("ok\n")

    def test_check_names_a_set_that_does_not_load(self, dataflow, home, tmp_path, monkeypatch):
        broken = tmp_path / "home" / "models" / "broken"
        broken.mkdir(parents=True)
        tiny = model_sets.card_of("tiny", Settings(home=home))
        (broken / "card.json").write_text(json.dumps({**tiny, "model_set": "broken"}))
        done = dataflow("check")
        assert done.code == 0
        assert done.out.endswith("ok, without damaged model sets: broken\n")
        assert "Model set 'broken' is damaged: 15m/" in done.err
        assert dataflow("models").err.count("'broken' is damaged") == 1
        assert dataflow("models", "--remove", "broken").code == 0
        assert dataflow("check").out.endswith("ok\n")

    def test_check_names_a_home_that_cannot_be_written(self, dataflow, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("DATAFLOW_HOME", str(tmp_path / "file" / "home"))
        done = dataflow("check")
        assert done.code == 1
        assert f"{tmp_path}/file/home" in done.err
