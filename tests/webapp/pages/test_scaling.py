"""The page Scaling: what it recommends, what a replay shows, what is stored, and what it does where that fails."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shlex
from urllib.parse import urlsplit

import numpy as np
import orjson
import pytest
import yaml
from dash import no_update
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient

from forecasting import prediction
from forecasting.catalog import Catalog
from forecasting.scaling.config import policy_names
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import simulate
from forecasting.scaling.simulation.what_if import supposing
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic, with_counts
from tests.webapp.rendering import CALLBACKS, found, nodes, rendered, stored_view, text_of
from webapp import create_app
from webapp.pages.scaling import controls, decision_log, recommendation
from webapp.pages.scaling import replay as replay_section
from webapp.pages.scaling.export import exports
from webapp.pages.scaling.replay import replayed
from webapp.pages.scaling.requests import KEYS, LOG_KEYS, REHEARSING, asked_by, replay_request
from webapp.pages.scaling.requests import NAME as PAGE
from webapp.ui import address as state
from webapp.ui.figures.theme import _ROLES

NAME, OF_FIGURE = "test", {"type": "chart", "name": "scaling-plan"}


@pytest.fixture
def app(settings: Settings):
    """Within a request to an application with a data set of 24 days in quarters of an hour."""
    app = create_app(settings)
    Catalog(settings).add(daily_traffic(24))
    with app.server.test_request_context():
        yield app


def view_of(**query: object) -> state.View:
    return state.read(PAGE, {"dataset": NAME, **query}, KEYS)


def tree(part: object) -> object:
    """A component as a browser gets it."""
    return orjson.loads(json.dumps(part, default=lambda one: one.to_plotly_json()))


def recommended(settings: Settings, **query: object) -> tuple[str, dict, str, bool, str]:
    said, figure, title, hidden, asked = recommendation.recommended(view_of(**query), None, settings)
    return text_of(tree(said)), figure, title, hidden, asked


def replay(settings: Settings, asked: dict | None = None, seen: list | None = None, **query: object) -> dict:
    names = ("request", "problem", "hidden", "title", "summary", "cards", "figure", "asked")
    return dict(zip(names, replay_section.replay_of(view_of(**query), asked, seen, settings), strict=True))


def line(figure: dict, name: str) -> dict:
    return next(one for one in figure["data"] if one["name"] == name)


class TestLayout:
    def test_every_key_has_one_control(self, own_client):
        ids = [node["props"]["id"] for node in nodes(rendered(own_client, "/scaling")) if "id" in node["props"]]
        own = [one["key"] for one in ids if isinstance(one, dict) and one.get("type") == "control"]
        assert sorted(own) == sorted({key.name for key in (*state.COMMON, *KEYS)})

    def test_a_link_holds_what_is_seen(self, own_client):
        view = stored_view(rendered(own_client, "/scaling", policy="threshold", upper="85", page="3"), PAGE)
        assert {name: view["values"][name] for name in ("policy", "upper", "page")} == {
            "policy": "threshold", "upper": 85, "page": 3,
        }  # fmt: skip
        assert view["defaults"]["policy"] == "hybrid"

    def test_nothing_can_be_stored_where_it_is_read_only(self, tmp_path):
        client = create_app(Settings(home=tmp_path / "home", read_only=True)).server.test_client()
        page = rendered(client, "/scaling")
        (button,) = found(page, id="scaling-store")
        assert button["disabled"]
        assert "read-only" in text_of(page)


class TestRecommendation:
    def test_the_answer_comes_first_with_its_reason_and_the_gate(self, app, settings):
        said, figure, title, hidden, _ = recommended(settings, replicas=3)
        assert re.match(r"\d+ replicas? now", said)
        assert "certainty" in said
        assert "Trust check" in said
        assert "As of Thu 28 Mar 2024 00:00, the end of the data" in said
        assert not hidden
        assert "95 %" in title or "quantile" in title or "current replicas" in title
        assert [one["name"] for one in figure["data"]][3:] == ["demand", "actual", "replicas"]

    def test_a_change_within_the_tolerance_is_named(self, app, settings):
        said, *_ = recommended(settings, policy="fixed", fixed=21, replicas=20, max=30)
        assert "Kubernetes would ignore this change" in said
        said, *_ = recommended(settings, policy="fixed", fixed=24, replicas=20, max=30)
        assert "ignore" not in said

    def test_a_shortfall_is_named(self, app, settings):
        said, _, title, *_ = recommended(settings, max=1, replicas=1)
        assert "The maximum number of replicas is too low" in said
        assert "the most allowed, may be too few" in title

    def test_a_past_moment_shows_what_came_then(self, app, settings):
        said, figure, *_ = recommended(settings, origin="2024-03-20 12:00", horizon=8)
        assert "As of Wed 20 Mar 2024 12:15" in said
        came = line(figure, "actual")["y"]
        series = daily_traffic(24)
        first = series.position(series.start + 16 * 86_400 + 12 * 3600) + 1
        assert came == series.requests_count[first : first + 8].tolist()
        assert line(figure, "demand")["y"][-1] == series.requests_count[first - 1]

    def test_what_is_supposed_is_told(self, app, settings):
        plain, *_ = recommended(settings)
        said, *_ = recommended(settings, growth=3, slower=2)
        assert "Assumed: 3 × the traffic and 2 × the start-up time" in said
        assert _count(said) > _count(plain)

    def test_the_same_question_is_not_answered_twice(self, app, settings):
        *_, asked = recommended(settings)
        with pytest.raises(PreventUpdate):
            recommendation.recommended(view_of(page=4, flash=3, range="7d"), asked, settings)
        assert recommendation.recommended(view_of(min=2), asked, settings)[-1] != asked

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ({"min": 9, "max": 3}, "min_replicas must be at most max_replicas, 3 (got 9)"),
            ({"origin": "2031-01-01"}, "origin must be a time from 2024-03-04"),
            ({"boot": 86_400, "horizon": 4}, "horizon must be at least"),
            ({"policy": "threshold", "upper": 30, "lower": 60}, "must be less than upper_percent"),
        ],
    )
    def test_what_cannot_be_is_told_in_its_place(self, app, settings, query, told):
        said, figure, _, hidden, _ = recommended(settings, **query)
        assert told in said
        assert hidden
        assert figure is no_update

    def test_a_value_that_is_none_is_named(self, app, settings):
        said, *_ = recommended(settings, capacity="-4")
        assert "(got '-4')" in said

    def test_a_data_set_without_a_known_bin_is_told(self, app, settings):
        series = daily_traffic(2)
        Catalog(settings).add(with_counts(series, np.full(len(series), np.nan)), replace=True)
        said, *_ = recommended(settings)
        assert "There is not enough data" in said


class TestReplay:
    @pytest.mark.parametrize("policy", policy_names.DEPLOYABLE)
    def test_each_policy_can_be_replayed(self, app, settings, policy):
        shown = replay(settings, policy=policy)
        assert shown["title"].startswith(f"{policy}: ")
        assert "replicas on average for $" in shown["summary"]
        assert (shown["problem"], shown["hidden"], shown["request"]) == ("", False, no_update)
        driven = policy in policy_names.FORECAST_DRIVEN
        assert line(shown["figure"], "forecast used")["visible"] == driven
        assert len({len(one["y"]) for one in shown["figure"]["data"]}) == 1

    def test_the_chart_holds_what_was_lost_and_what_was_idle(self, app, settings):
        figure = replay(settings, policy="reactive", max=2)["figure"]
        demand, capacity, over = (np.array(line(figure, name)["y"]) for name in ("demand", "capacity", "unmet"))
        assert (over == np.maximum(demand, capacity)).all()
        assert (over > capacity).any()
        ready, booting = (np.array(line(figure, name)["y"]) for name in ("ready", "and starting"))
        assert (booting >= ready).all()
        assert "maximum 2" in [one["text"] for one in figure["layout"]["annotations"]]

    def test_another_filter_of_the_log_draws_nothing_anew(self, app, settings):
        asked = replay(settings)["asked"]
        with pytest.raises(PreventUpdate):
            replay_section.replay_of(
                view_of(action="all", binding="predictive", page=2, horizon=5), asked, None, settings
            )

    def test_a_range_is_what_is_replayed(self, app, settings):
        shown = replay(settings, range="24h")
        assert shown["summary"].startswith("Wed 27 Mar 00:00 to Thu 28 Mar 00:00")
        assert len(line(shown["figure"], "demand")["y"]) == 96

    def test_a_closer_look_stays_where_the_service_changes_and_not_where_the_days_do(self, app, settings):
        seen = ["2024-03-22 06:00", "2024-03-22 12:00:00.123"]
        asked = replay(settings)["asked"]
        assert len(line(replay(settings, asked, seen, boot=60)["figure"], "demand")["y"]) == 26
        assert len(line(replay(settings, asked, seen, range="7d")["figure"], "demand")["y"]) == 7 * 96

    def test_a_closer_look_has_every_step(self, app, settings, monkeypatch):
        monkeypatch.setattr("webapp.ui.figures.scaling.MOST_POINTS", 100)
        shown = replay(settings)
        assert shown["figure"]["layout"]["meta"]["together"] == 8
        asked, seen = shown["asked"], ["2024-03-22 06:00", "2024-03-22 18:00"]
        patch = orjson.loads(json.dumps(replay_section.looked(view_of(), asked, seen, settings).to_plotly_json()))
        values = {tuple(one["location"]): one["params"].get("value") for one in patch["operations"]}
        assert values["layout", "meta"]["together"] == 1
        assert len(values["data", 3, "y"]) == 50
        assert values["data", 3, "x0"] == "2024-03-22 05:45:00"
        assert values["layout", "yaxis", "range"][1] > max(values["data", 3, "y"])

    def test_a_look_at_a_replay_that_is_not_there_changes_nothing(self, app, settings):
        with pytest.raises(PreventUpdate):
            replay_section.looked(view_of(), None, None, settings)

    def test_what_is_supposed_stands_beside_what_was(self, app, settings):
        plain, crowded = replay(settings), replay(settings, flash=6, flash_minutes=120)
        notes = text_of(tree(crowded["cards"]))
        assert "without what-if: $" in notes
        assert "without" not in text_of(tree(plain["cards"]))
        assert max(line(crowded["figure"], "demand")["y"]) > max(line(plain["figure"], "demand")["y"])
        assert [one["text"] for one in crowded["figure"]["layout"]["annotations"]][-1] == "surge"

    def test_an_event_keeps_replicas_ready(self, app, settings):
        events = "sale = 9 from 2024-03-22 02:00 to 2024-03-22 04:00"
        figure = replay(settings, events=events)["figure"]
        assert max(one for one in line(figure, "calendar minimum")["y"] if one is not None) == 9
        assert line(figure, "calendar minimum")["visible"]
        assert figure["layout"]["shapes"][-1]["x0"] == "2024-03-22 02:00:00"
        assert figure["layout"]["annotations"][-1]["text"] == "sale"
        assert text_of(tree(recommendation.understood({"values": {"events": events}}))).startswith(
            "EventMinimum replicasWhensale9"
        )

    def test_an_event_that_is_none_is_named(self, app):
        said = text_of(tree(recommendation.understood({"values": {"events": "sale = many"}})))
        assert "(got 'sale = many')" in said

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ({"flash": 3, "flash_at": "2024-09-01"}, "The traffic surge must start from"),
            (
                {"boot": 30_000, "slower": 5},
                "boot_seconds must fit within 100 bins, the longest forecast (got 168",
            ),
            (
                {"replicas": 50, "max": 10},
                "from min_replicas, 1, to max_replicas, 10 (got 50)",
            ),
        ],
    )
    def test_what_cannot_be_replayed_is_told_in_its_place(self, app, settings, query, told):
        shown = replay(settings, **query)
        assert told in text_of(tree(shown["problem"]))
        assert shown["hidden"]
        assert shown["asked"] is None

    def test_figures_are_small_and_have_colours_of_the_theme_only(self, app, settings):
        figures = [recommended(settings)[1], replay(settings)["figure"]]
        known = {colour for pair in _ROLES.values() for colour in pair}
        for figure in figures:
            text = orjson.dumps(figure)
            assert len(gzip.compress(text)) < 60_000
            assert set(re.findall(r'"(#[0-9a-f]{6})"', text.decode())) <= known


@pytest.fixture
def lookups(monkeypatch) -> list[str]:
    """The models that are looked up, one entry a look-up."""
    made, chosen = [], prediction.chosen

    def counting(series, model, model_set, settings):
        made.append(model)
        return chosen(series, model, model_set, settings)

    monkeypatch.setattr(prediction, "chosen", counting)
    return made


class TestOneMove:
    """One move of a slider looks the model up once, whatever is supposed."""

    @pytest.mark.parametrize(
        "moved", [{"boot": 240}, {"growth": 1.5}, {"slower": 2}, {"error": 20}, {"flash": 4}, {"range": "7d", "min": 2}]
    )
    def test_a_replay_looks_the_model_up_once(self, app, settings, lookups, moved):
        own = {**moved, "max": 37}  # replays are cached for the whole process
        asked = replay(settings, **own)["asked"]
        assert lookups == ["auto"]
        view = view_of(**own)
        replayed(view, settings)
        replay_section.looked(view, asked, ["2024-03-26 06:00", "2024-03-26 18:00"], settings)
        replay(settings, None, **own)
        assert lookups == ["auto"], "the log, a closer look and the same view again need no look-up"

    def test_a_recommendation_looks_the_model_up_once(self, app, settings, lookups):
        recommended(settings, boot=240, growth=1.5, slower=2)
        assert lookups == ["auto"]

    def test_a_supposed_replay_is_that_of_a_supposed_request(self, app, settings):
        """What is derived from a replay is what the whole way makes."""
        view = view_of(growth=1.5, slower=2, error=10, flash=3)
        resolved = replay_request(view, settings)
        whole = replay_of(supposing(resolved.request, resolved.what_if))
        derived = resolved.replay
        assert (derived.test_span, derived.tuning_span) == (whole.test_span, whole.tuning_span)
        assert derived.service == whole.service
        assert derived.forecast_error == whole.forecast_error
        np.testing.assert_array_equal(derived.series.requests_count, whole.series.requests_count)
        totals = [simulate(one, "hybrid").totals for one in (derived, whole)]
        assert totals[0] == totals[1]


class TestLongReplay:
    """A slow replay is a job: a long start-up time needs more forecasts than a request may make."""

    def posted(self, client: FlaskClient, **query: str) -> dict:
        view = stored_view(rendered(client, "/scaling", **query), PAGE)
        listed = client.get("/_dash-dependencies").json
        request = f"job-{REHEARSING.name}-request.data"
        spec = next(one for one in listed if one["output"].startswith(f"..{request}"))
        values = {'{"page":"scaling","type":"view"}.data': view}

        def filled(parts: list[dict]) -> list[dict]:
            return [
                {**part, "id": _id(part["id"]), "value": values.get(f"{part['id']}.{part['property']}")}
                for part in parts
            ]

        outputs = [name.split("@")[0].rsplit(".", 1) for name in spec["output"].strip(".").split("...")]
        body = {
            "output": spec["output"],
            "outputs": [{"id": _id(name), "property": prop} for name, prop in outputs],
            "inputs": filled(spec["inputs"]),
            "state": filled(spec["state"]),
            "changedPropIds": [],
        }
        return client.post(CALLBACKS, json=body).json["response"]

    def test_it_is_asked_for_once_and_in_the_words_of_the_task(self, own_client):
        answer = self.posted(own_client, timeframe="1m", boot="600")
        asked = answer[f"job-{REHEARSING.name}-request"]["data"]
        assert asked["arguments"] == {
            "dataset": "nasa-http", "timeframe": "1m", "model": "auto", "reach": 32, "start": None, "end": None,
        }  # fmt: skip
        assert answer["scaling-replay-body"]["hidden"]
        assert "scaling-replay-asked" not in answer

    def test_a_rule_that_does_not_forecast_needs_none(self, own_client):
        answer = self.posted(own_client, timeframe="1m", policy="reactive", boot="600")
        assert f"job-{REHEARSING.name}-request" not in answer
        assert answer["chart-title-scaling-replay"]["children"].startswith("reactive: ")
        assert len(gzip.compress(orjson.dumps(answer))) < 60_000


class TestLog:
    def test_a_page_of_the_changes(self, app, settings):
        view = view_of()
        decisions = replayed(view, settings).decisions
        shown, told = decision_log.table(view, decisions)
        rows = [[text_of(cell) for cell in found(row)] for row in _rows(shown)]
        assert len(rows) == decision_log.ROWS
        steps = decisions.chosen(("scale_up", "scale_down"))
        assert told == f"of {-(-len(steps) // decision_log.ROWS)} ({len(steps)} of {len(decisions):,} bins)"
        assert all(re.search("scale (out|in)", text_of(row)) for row in _rows(shown))

    def test_filters_and_pages(self, app, settings):
        view = view_of(action="scale_up", binding="predictive", page=2)
        decisions = replayed(view, settings).decisions
        shown, _ = decision_log.table(view, decisions)
        wanted = decisions.rows(
            decisions.chosen(("scale_up",), "predictive")[decision_log.ROWS : 2 * decision_log.ROWS]
        )
        assert [text_of(row)[:16] for row in _rows(shown)] == [row["ds"][:16] for row in wanted]

    def test_a_page_too_far_is_the_last_one(self, app, settings):
        view = view_of(page=99_999, action="all")
        shown, _ = decision_log.table(view, replayed(view, settings).decisions)
        assert _rows(shown)

    def test_no_such_step_is_told(self, app, settings):
        view = view_of(policy="fixed", binding="cooldown")
        shown, told = decision_log.table(view, replayed(view, settings).decisions)
        assert "No bin matches these filters" in text_of(tree(shown))
        assert told.startswith("of 1 (0 of")

    def test_the_filters_leave_what_is_downloaded(self, app, settings):
        view = view_of(action="scale_down")
        decisions = replayed(view, settings).decisions
        text = decisions.frame(decision_log.chosen(view, decisions)).to_csv(index=False)
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["action"] for row in rows} == {"scale_down"}
        assert len(rows) == len(decisions.chosen(("scale_down",)))


class TestExport:
    def test_the_manifests_have_what_the_form_says(self, app):
        keda, hpa, curl = self.texts(view_of(capacity=60, min=2, max=30))
        spec = yaml.safe_load(keda)["spec"]
        assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 30)
        assert spec["triggers"][0]["metadata"]["url"] == f"http://dataflow:8000/scaling/recommendation/{NAME}"
        assert yaml.safe_load(hpa)["spec"]["maxReplicas"] == 30
        assert curl.startswith("curl -sS http://dataflow:8000/")

    def test_the_call_of_then_is_answered(self, app):
        *_, curl = self.texts(view_of())
        address = urlsplit(shlex.split(curl.splitlines()[-1])[-1])
        answer = app.server.test_client().get(f"{address.path}?{address.query}")
        assert answer.status_code == 200, answer.text

    def test_what_differs_from_what_is_polled_is_named(self, app):
        assert "store them first" in text_of(tree(exports(view_of(capacity=60), "http://dataflow:8000/")))
        assert "store them first" not in text_of(tree(exports(view_of(), "http://dataflow:8000/")))

    def test_a_capacity_that_kubernetes_cannot_count_is_told(self, app):
        said = text_of(tree(recommendation.export(view_of(capacity=0.001))))
        assert "Kubernetes counts in thousandths" in said

    def texts(self, view: state.View) -> list[str]:
        parts = tree(exports(view, "http://dataflow:8000/"))
        return [props["children"] for props in found(parts, className="code")]


class TestStored:
    def test_what_is_stored_is_the_default_of_the_next_look(self, app, settings):
        recommendation.stored(view_of(capacity=60, policy="reactive", slo=2, replicas=4))
        with app.server.test_request_context():
            view = view_of()
            assert (view["capacity"], view["policy"], view["slo"], view["replicas"]) == (60, "reactive", 2, 4)
            assert asked_by(view) == asked_by(view_of(capacity=60))
            assert "Stored for test" in text_of(tree(controls.side(view)))

    def test_a_read_only_install_refuses(self, tmp_path):
        app = create_app(Settings(home=tmp_path / "home", read_only=True))
        with app.server.test_request_context():
            store = recommendation.shown_in_place(recommendation.stored)
            assert "read-only" in text_of(tree(store(state.read(PAGE, {}, KEYS))))

    def test_what_only_filters_the_log_is_not_reset(self, app):
        (reset,) = [one for one in found(tree(controls.side(view_of()))) if "data-reset" in one]
        assert set(reset["data-reset"].split(",")) == {key.name for key in KEYS} - set(LOG_KEYS)


def _rows(table: object) -> list[dict]:
    (body,) = [node for node in nodes(tree(table)) if node["type"] == "Tbody"]
    return [node for node in nodes(body) if node["type"] == "Tr"]


def _count(said: str) -> int:
    return int(re.match(r"(\d+)", said)[1])


def _id(text: str) -> object:
    return json.loads(text) if text.startswith("{") else text
