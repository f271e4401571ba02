"""The tasks of the page Cost on small data, and that their answers are found under what a browser asks."""

from __future__ import annotations

import orjson
import pytest

from forecasting.catalog import Catalog
from forecasting.errors import Conflict, InputError
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from webapp.jobs.tasks.registry import task_of

NAME = "test"
FIELDS = {"timeframe": "15m", "model_type": "lightgbm", "service": {"capacity_per_minute": 4.0}}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one data set of twelve days."""
    settings = Settings(home=tmp_path_factory.mktemp("comparing") / "home")
    Catalog(settings).add(daily_traffic(12))
    return settings


def done(settings: Settings, task: str, **arguments: object) -> tuple[object, list[tuple[float, str]]]:
    """The answer of a task, and what it reported."""
    told: list[tuple[float, str]] = []
    version = Catalog(settings).info(NAME).version
    arguments = {"dataset": NAME, "fields": FIELDS, **arguments}
    return task_of(task)(settings, lambda share, doing: told.append((share, doing)), version, **arguments), told


def test_a_quick_comparison_is_kept_json(settings: Settings) -> None:
    payload, told = done(settings, "compare", quick=True)
    assert orjson.loads(orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY))["series"] == NAME
    assert payload["service"]["capacity_per_minute"] == 4.0
    assert payload["sensitivity"] == []
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, "Comparing policies")


def test_the_grid_is_of_the_service_asked_for(settings: Settings) -> None:
    grid, told = done(settings, "cost-grid")
    assert grid["serving_price"] == pytest.approx(0.096 / 60 / 4)
    assert len(grid["cells"]) == len(grid["boot_seconds"])
    assert told[-1][0] == 1.0


def test_the_report_is_a_page_of_its_own(settings: Settings) -> None:
    html, _ = done(settings, "cost-report")
    assert html.startswith("<!doctype html>")
    assert f"What each way of scaling {NAME} would have cost" in html


@pytest.mark.parametrize("task", ["cost-grid", "cost-report"])
def test_data_that_changed_meanwhile_are_not_mistaken(settings: Settings, task: str) -> None:
    with pytest.raises(Conflict, match="has changed meanwhile"):
        task_of(task)(settings, print, "another", dataset=NAME, fields=FIELDS)


def test_what_is_wrong_is_named(settings: Settings) -> None:
    with pytest.raises(InputError, match=r"service.min_replicas must be at most max_replicas, 3 \(got 5\)") as caught:
        done(settings, "compare", quick=True, fields={**FIELDS, "service": {"min_replicas": 5, "max_replicas": 3}})
    assert caught.value.errors[0].field == "service.min_replicas"
