"""`dataflow scale`, `simulate` and `compare`: what they print and write, and that they answer as the API does."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from flask.testing import FlaskClient

from forecasting.catalog import Catalog
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import ServiceFields
from forecasting.settings import Settings
from forecasting.validation import fields_of, unit_of
from webapp import create_app
from webapp.app.cli import main, root_command

SHOP = ("--dataset", "shop", "--timeframe", "15m")
DAYS = ("--start", "2026-03-08", "--end", "2026-03-13 12:00")
SERVICE = {"capacity_per_minute": 40, "boot_seconds": 600, "min_replicas": 2, "max_replicas": 30, "price_per_hour": 0.2}
SERVICE_WORDS = [word for name, value in SERVICE.items() for word in (f"--{name.replace('_', '-')}", value)]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with twelve synthetic days as `shop`, and the same as `stored` with stored choices."""
    folder = tmp_path_factory.mktemp("deciding")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFLOW_HOME", str(folder))
        for name in ("shop", "stored"):
            assert main(["data", "generate", name, "--days", "12", "--seed", "4", "--quiet"]) == 0
    choices = {"service": {"capacity_rps": 0.5}, "policy": "reactive", "slo": {"max_minutes_under_share": 0.05}}
    Catalog(Settings(home=folder)).keep_configuration("stored", choices)
    return folder


@pytest.fixture
def shop(dataflow, home, monkeypatch):
    """Call `dataflow` in that home."""
    monkeypatch.setenv("DATAFLOW_HOME", str(home))
    return dataflow


@pytest.fixture(scope="module")
def client(home) -> FlaskClient:
    """The API of the same home."""
    return create_app(Settings(home=home)).server.test_client()


def asked(client: FlaskClient, path: str, **fields: object) -> dict:
    """What the API answers about `shop`."""
    answer = client.post(path, json={"dataset": "shop", "timeframe": "15m", **fields})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


class TestScale:
    def test_it_prints_what_the_api_answers(self, shop, client):
        words = ["--policy", "predictive", "--parameter", "adaptive=0", "--horizon", 4, "--as-of", "2026-03-10 12:00"]
        done = shop("scale", *SHOP, *SERVICE_WORDS, *words, "--current-replicas", 6, "--model", "smoothing", "--json")
        assert (done.code, done.err) == (0, "")
        assert done.json == asked(
            client,
            "/scaling/recommend",
            service=SERVICE,
            policy="predictive",
            parameters={"adaptive": 0},
            horizon=4,
            as_of="2026-03-10 12:00",
            current_replicas=6,
            model_type="smoothing",
        )
        assert done.json["plan"][0]["ds"] == "2026-03-10 12:00:00"

    def test_the_defaults_are_the_api_s_too(self, shop, client):
        assert shop("scale", *SHOP, "--json").json == asked(client, "/scaling/recommend")

    def test_the_text_has_the_reason_and_the_plan(self, shop):
        done = shop("scale", *SHOP, *SERVICE_WORDS, "--current-replicas", 6)
        answer = shop("scale", *SHOP, *SERVICE_WORDS, "--current-replicas", 6, "--json").json
        assert answer["reason"] in done.out
        assert (
            "a replica serves 40 requests a minute and starts in 600 s; 2 to 30 replicas at 0.2 an hour each"
            in done.out
        )
        assert f"\n{answer['plan'][0]['ds']}  " in done.out
        assert len(done.out.split("requests expected")[1].splitlines()) == 1 + len(answer["plan"])
        assert done.err.startswith("note: Zero-shot")
        assert shop("scale", *SHOP, "--quiet").err == ""

    def test_what_is_stored_holds_unless_it_is_given(self, shop):
        words = ("--dataset", "stored", "--timeframe", "15m", "--current-replicas", 5)
        stored = shop("scale", *words).out
        assert stored.startswith("stored: reactive with ensemble, bins of 15m\n")
        assert "a replica serves 30 requests a minute" in stored
        given = shop("scale", *words, "--policy", "fixed", "--parameter", "replicas=9", "--capacity-per-minute", 12).out
        assert given.startswith("stored: fixed with ensemble")
        assert "a replica serves 12 requests a minute" in given
        assert "Scale out from 5 to 9 replicas." in given


class TestSimulate:
    WORDS = (*SHOP, *DAYS, *SERVICE_WORDS)
    FIELDS = {"service": SERVICE, "start": "2026-03-08", "end": "2026-03-13 12:00"}  # noqa: RUF012

    def test_it_prints_what_the_api_answers(self, shop, client):
        done = shop("simulate", *self.WORDS, "--policy", "hybrid", "--max-unmet-share", 0.02, "--json")
        assert (done.code, done.err) == (0, "")
        fields = {**self.FIELDS, "policy": "hybrid", "slo": {"max_unmet_share": 0.02}}
        assert done.json == asked(client, "/scaling/simulate", **fields)
        assert len(done.json["steps"]) == 5.5 * 96

    def test_without_steps(self, shop, client):
        done = shop("simulate", *self.WORDS, "--policy", "oracle", "--no-steps", "--json")
        assert done.json == asked(client, "/scaling/simulate", **self.FIELDS, policy="oracle", steps=False)
        assert "steps" not in done.json

    def test_a_sweep(self, shop, client):
        done = shop("simulate", *self.WORDS, "--policy", "reactive", "--sweep", 7, "--json")
        assert done.json == asked(client, "/scaling/simulate", **self.FIELDS, policy="reactive", sweep=7)
        text = shop("simulate", *self.WORDS, "--policy", "reactive", "--sweep", 7).out
        assert "The best of these is hindsight" in text
        rows = text.split("target_percent")[1].split("\n\n")[0].splitlines()[1:]
        assert [float(row.split()[0]) for row in rows] == [
            run["parameters"]["target_percent"] for run in done.json["runs"]
        ]

    def test_the_text_has_every_total_with_its_unit(self, shop):
        totals = shop("simulate", *self.WORDS, "--policy", "threshold", "--json").json["totals"]
        text = shop("simulate", *self.WORDS, "--policy", "threshold").out
        assert text.startswith("shop: threshold, bins of 15m\n")
        assert "evaluated  2026-03-08 00:00:00 to 2026-03-13 12:00:00\n" in text
        assert "objective  at most 1 % of requests unmet\n" in text
        assert f"{totals['cost']:,.2f} (at 0.2 an hour a replica)" in text
        assert f"{totals['unmet_requests']:,.0f} requests ({100 * totals['unmet_share']:.2f} %)" in text
        assert f"{100 * totals['regret']:.1f} % above the optimum in hindsight" in text

    def test_the_steps_are_a_table_where_they_are_asked_for(self, shop):
        words = (*SHOP, "--start", "2026-03-13", "--policy", "fixed", "--parameter", "replicas=3")
        steps = shop("simulate", *words, "--steps").out.split("decided by\n")[1].splitlines()
        assert len(steps) == 96
        assert steps[0].startswith("2026-03-13 00:00:00")
        assert "decided by" not in shop("simulate", *words).out


class TestCompare:
    WORDS = (*SHOP, *DAYS, "--capacity-rps", 0.5, "--max-minutes-under-share", 0.05, "--quick")
    FIELDS = {  # noqa: RUF012
        "service": {"capacity_rps": 0.5},
        "slo": {"max_minutes_under_share": 0.05},
        "start": "2026-03-08",
        "end": "2026-03-13 12:00",
        "quick": True,
    }

    def test_it_prints_and_writes_what_the_api_answers(self, shop, client):
        done = shop("compare", *self.WORDS, "--csv", "table.csv", "--html", "page.html", "--json")
        assert (done.code, done.err) == (0, "")
        assert done.json == asked(client, "/cost/compare", **self.FIELDS)
        body = {"dataset": "shop", "timeframe": "15m", **self.FIELDS}
        assert Path("table.csv").read_text() == client.post("/cost/compare", json={**body, "format": "csv"}).text
        page = client.post("/cost/compare", json={**body, "format": "html"}).text
        assert without_time(Path("page.html").read_text()) == without_time(page)

    def test_the_text_says_the_verdict_and_has_every_policy(self, shop):
        answer = shop("compare", *self.WORDS, "--json").json
        text = shop("compare", *self.WORDS, "--csv", "table.csv.gz").out
        verdict = answer["verdict"]
        assert all(f"{verdict[name]}\n" in text for name in ("headline", "availability", "cost"))
        assert verdict["assumption"] in text
        lines = {line.split()[0]: line for line in text.split("\npolicy ")[1].splitlines() if line}
        for row in answer["policies"]:
            assert f"{row['cost']:,.2f}" in lines[row["policy"]]
            assert lines[row["policy"]].endswith("hindsight") is row["hindsight"]
        assert lines[answer["reference"]].endswith("the reference")
        assert text.endswith("table.csv.gz is written\n")

    def test_a_folder_that_is_not_there_is_said_before_the_work(self, shop):
        done = shop("compare", *self.WORDS, "--html", "absent/page.html")
        assert (done.code, done.out) == (2, "")
        assert "The folder of 'absent/page.html' does not exist" in done.err

    def test_what_fails_leaves_the_older_file(self, shop):
        Path("page.html").write_text("old")
        done = shop("compare", *SHOP, "--start", "2030-01-01", "--html", "page.html")
        assert (done.code, done.out) == (1, "")
        assert Path("page.html").read_text() == "old"
        assert [path.name for path in Path.cwd().iterdir()] == ["page.html"]


def without_time(page: str) -> str:
    """A report without the moment at which it was made."""
    return page.split("<time ")[0] + page.split("</time>")[1]


ALL = ("scale", "simulate", "compare")
WRONG = [
    (ALL, ["--dataset", "absent"], 1, "Data set 'absent' not found"),
    (ALL, ["--timeframe", "7m"], 2, "timeframe must be whole minutes or hours"),
    (ALL, ["--capacity-per-minute", 0], 2, "capacity_per_minute must be a number above 0 (got 0.0)."),
    (ALL, ["--capacity-per-minute", "many"], 2, "Invalid value for '--capacity-per-minute': 'many' is not a valid"),
    (ALL, ["--capacity-rps", -1], 2, "capacity_rps must be a number above 0 (got -1.0)."),
    (
        ALL,
        ["--capacity-rps", 1, "--capacity-per-minute", 5],
        2,
        "capacity_rps must be a 60th of",
    ),
    (ALL, ["--boot-seconds", -1], 2, "boot_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--min-replicas", 0], 2, "min_replicas must be an integer from 1 to 10,000 (got 0)."),
    (ALL, ["--max-replicas", 10_001], 2, "max_replicas must be an integer from 1 to 10,000 (got 10001)."),
    (ALL, ["--metric-lag-seconds", -1], 2, "metric_lag_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--poll-seconds", -1], 2, "poll_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--schedule-seconds", -1], 2, "schedule_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--image-seconds", -1], 2, "image_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--ready-seconds", "inf"], 2, "ready_seconds must be a finite number (got inf)."),
    (ALL, ["--minimum-billed-seconds", -1], 2, "minimum_billed_seconds must be a number of at least 0 (got -1.0)."),
    (ALL, ["--bill-booting", "maybe"], 2, "'maybe' is not a valid boolean"),
    (ALL, ["--min-replicas", 9, "--max-replicas", 3], 2, "min_replicas must be at most max_replicas, 3 (got 9)."),
    (ALL, ["--price-per-hour", "nan"], 2, "price_per_hour must be a finite number (got nan)."),
    (ALL, ["--launch-cost", -1], 2, "launch_cost must be a number of at least 0 (got -1.0)."),
    (ALL, ["--lost-request-price", -1], 2, "lost_request_price must be a number of at least 0 (got -1.0)."),
    (ALL, ["--target-utilisation", 2], 2, "target_utilisation must be a number above 0 and at most 1 (got 2.0)."),
    (ALL, ["--demand-multiplier", 0], 2, "demand_multiplier must be a number above 0 (got 0.0)."),
    (ALL, ["--max-unmet-share", 2], 2, "max_unmet_share must be a number above 0 and below 1 (got 2.0)."),
    (
        ALL,
        ["--max-minutes-under-share", 0],
        2,
        "max_minutes_under_share must be a number above 0 and below 1",
    ),
    (
        ALL,
        ["--max-unmet-share", 0.1, "--max-minutes-under-share", 0.1],
        2,
        "Give max_unmet_share or max_minutes_under_share, not both.",
    ),
    (ALL, ["--model", "arima"], 2, "model must be one of hybrid, xgboost, lightgbm"),
    (ALL, ["--model-set", "absent"], 1, "Model set 'absent' not found"),
    (ALL, ["--current-replicas", -1], 2, "current_replicas must be an integer from 0 to 10,000 (got -1)."),
    (("scale", "simulate"), ["--policy", "guess"], 2, "policy must be one of reactive, reactive:smoothing"),
    (("scale",), ["--policy", "oracle"], 2, "policy must be one of reactive"),
    (
        ("scale", "simulate"),
        ["--parameter", "quantile"],
        2,
        "must be NAME=NUMBER, such as",
    ),
    (("scale", "simulate"), ["--parameter", "adaptive=2"], 2, "adaptive must be a number from 0 to 1 (got 2"),
    (("scale", "simulate"), ["--parameter", "speed=2"], 2, "speed is not a parameter of hybrid"),
    (("scale",), ["--horizon", 101], 2, "horizon must be an integer from 1 to 100 (got 101)."),
    (("scale",), ["--as-of", "noon"], 2, "as_of must be a time such as"),
    (("simulate", "compare"), ["--start", "soon"], 2, "start must be a time such as"),
    (("simulate", "compare"), ["--start", "2030-01-01"], 1, "(got 0 of 1152 to replay)"),
    (("simulate", "compare"), ["--end", "late"], 2, "end must be a time such as"),
    (("simulate",), ["--sweep", 0], 2, "sweep must be an integer from 1 to 2000 (got 0)."),
    (("simulate",), ["--sweep", 3, "--policy", "oracle"], 2, "policy must be one with a knob to sweep (got 'oracle')."),
    (("compare",), ["--csv", "absent/table.csv"], 2, "The folder of 'absent/table.csv' does not exist"),
    (("compare",), ["--html", "absent/page.html"], 2, "The folder of 'absent/page.html' does not exist"),
]


@pytest.mark.parametrize(
    ("command", "words", "code", "message"),
    [(command, *wrong) for commands, *wrong in WRONG for command in commands],
)
def test_a_wrong_value_is_named(shop, command, words, code, message):
    done = shop(command, *SHOP, *words)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("command", ALL)
def test_every_option_that_takes_a_value_has_a_wrong_one_here(command):
    options = {
        option.opts[0]
        for option in root_command().commands[command].params
        if isinstance(option, click.Option) and not option.is_flag
    }
    tried = {word for commands, words, *_ in WRONG if command in commands for word in map(str, words)}
    assert options - tried == set()


@pytest.mark.parametrize("command", ALL)
def test_every_field_of_service_and_objective_is_an_option_with_its_text(command):
    options = {option.name: option for option in root_command().commands[command].params}
    for name, info in {**fields_of(ServiceFields), **fields_of(Objective)}.items():
        assert options[name].opts == [f"--{name.replace('_', '-')}"]
        assert options[name].help.startswith(info.description)
        assert unit_of(info) in options[name].help


def test_check_runs_the_simulator(shop):
    assert json.loads(shop("check", "--json").out)["simulator"] == "compiled"
