"""Options that several commands share, and their value types."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

import forecasting
from forecasting.cli.terminal import Terminal
from forecasting.settings import Settings

if TYPE_CHECKING:
    # pydantic takes a while to import
    from forecasting.timeseries.known_events import KnownEvent

Command = Callable[..., object]

P = ParamSpec("P")
R = TypeVar("R")

INPUT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
INPUT_FILES = click.Path(exists=True, allow_dash=True, path_type=Path)
OUTPUT_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)

MODELS_HELP = (
    "Model: auto, adaptive, hybrid, xgboost, lightgbm or ensemble; or a baseline: naive, seasonal_naive, "
    "seasonal_naive_week, smoothing, seasonal_smoothing."
)


class StepList(click.ParamType[tuple[int, ...]]):
    """Steps as `1,12`, `1-12` or a mix, converted to a sorted tuple of integers."""

    name = "steps"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Parse the text; the service layer checks the maximum."""
        if isinstance(value, tuple):
            return value
        steps: set[int] = set()
        for part in str(value).split(","):
            match = re.fullmatch(r"\s*(\d{1,3})(?:-(\d{1,3}))?\s*", part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not 1 <= first <= last:
                self.fail(f"steps must be a list such as 1,12 or 1-12 (got {value!r}).", param, ctx)
            steps.update(range(first, last + 1))
        return tuple(sorted(steps))


class LevelList(click.ParamType[tuple[float, ...]]):
    """Quantile levels as `0.05,0.95`, converted to a tuple of numbers."""

    name = "levels"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Parse the text; the service layer checks the range."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"levels must be a list such as 0.05,0.95 (got {value!r}).", param, ctx)


def output_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add --json and --quiet, and pass the command a `terminal` with these settings."""

    @click.option("--json", "as_json", is_flag=True, help="Print only JSON on standard output.")
    @click.option("--quiet", is_flag=True, help="No progress bar and no notes.")
    @functools.wraps(command)
    def wrapped(*args: P.args, **values: P.kwargs) -> R:
        values["terminal"] = Terminal(json=bool(values.pop("as_json")), quiet=bool(values.pop("quiet")))
        return command(*args, **values)

    return wrapped


dataset_option = click.option("--dataset", required=True, metavar="NAME", help="Data set; see: dataflow data list.")
model_option = click.option("--model", default="auto", show_default=True, metavar="MODEL", help=MODELS_HELP)
timeframe_option = click.option(
    "--timeframe", metavar="BIN", help="Bin length: 1m, 5m, 15m, 1h, ... Default: the data set's own."
)
model_set_option = click.option(
    "--model-set",
    metavar="SET",
    help="Model set. Default: the newest one trained on the data set, else the shipped one. auto uses a set only if "
    "it was trained on the data set.",
)


calendar_option = click.option(
    "--calendar",
    type=INPUT_FILE,
    metavar="FILE.json",
    help="Known events and holidays instead of those stored with the data set; see: dataflow data calendar.",
)


def read_events(file: Path) -> tuple[KnownEvent, ...]:
    """Return the known events of a JSON file: a list, or an object with a list named `calendar`."""
    from forecasting.timeseries.known_events import known_events_of  # pydantic takes a while to import

    try:
        given = json.loads(file.read_bytes())
    except ValueError as error:
        raise forecasting.InputError(f"{file} is not valid JSON: {error}.", field="calendar") from error
    return known_events_of(given.get("calendar") if isinstance(given, dict) else given)


def check_models(*names: str) -> None:
    """Raise InputError, with the name of the option, for an unknown model."""
    from forecasting.forecasters.registry import checked_model  # numpy and pandas take a second to import

    for name in names:
        checked_model(name, field="model")


def read_settings() -> Settings:
    """Read the settings from the environment; raises InputError for an invalid variable."""
    return Settings.from_environment()


def open_catalog(settings: Settings | None = None) -> forecasting.Catalog:
    """Return the catalog of these settings, by default of those from the environment; an embedded one is upgraded."""
    settings = settings or read_settings()
    catalog = forecasting.Catalog.migrated(settings)
    take_in_model_sets(settings)
    return catalog


def take_in_model_sets(settings: Settings) -> tuple[str, ...]:
    """Take the model sets of an earlier release into the database, if the home has any; return their names.

    If another process does so now, or trains, that is left to it or to the next command.
    """
    return forecasting.take_in(settings) if settings.model_sets_path.is_dir() else ()


def read_series(name: str, settings: Settings, calendar: Path | None = None) -> forecasting.Series:
    """Return the data set `name`, with the events of a file if given; raises NotFound with the available names."""
    series = open_catalog(settings).get(name)
    return series if calendar is None else series.with_events(read_events(calendar))


def moment(text: str | None, series: forecasting.Series, option: str) -> int | None:
    """Return the absolute seconds of a time in the series' wall time (or with an offset); None for None."""
    from forecasting.timeseries.clock import moment_of  # numpy and pandas take a second to import

    return None if text is None else moment_of(text, series.time_zone, field=option)
