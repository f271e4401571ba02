"""Options that several commands share, and the types of their values."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasting.cli.terminal import Terminal
from forecasting.settings import Settings

if TYPE_CHECKING:
    from forecasting.catalog import Catalog
    from forecasting.timeseries.series import Series

Command = Callable[..., object]

INPUT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
INPUT_FILES = click.Path(exists=True, allow_dash=True, path_type=Path)
OUTPUT_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)

MODELS_HELP = (
    "hybrid, xgboost, lightgbm or ensemble; or a baseline: naive, seasonal_naive, seasonal_naive_week, smoothing, "
    "seasonal_smoothing."
)


class StepList(click.ParamType):
    """Steps as `1,12`, `1-12` or a mix, to a sorted tuple of whole numbers."""

    name = "steps"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Parse the text; whether the steps are within the longest horizon is the service's to say."""
        if isinstance(value, tuple):
            return value
        steps: set[int] = set()
        for part in str(value).split(","):
            match = re.fullmatch(r"\s*(\d{1,3})(?:-(\d{1,3}))?\s*", part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not 1 <= first <= last:
                self.fail(f"{value!r} is no list of steps; write 1,12 or 1-12.", param, ctx)
            steps.update(range(first, last + 1))
        return tuple(sorted(steps))


class LevelList(click.ParamType):
    """Quantile levels as `0.05,0.95`, to a tuple of numbers between 0 and 1."""

    name = "levels"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Parse the text; which levels a forecast carries is the service's to say."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of quantile levels; write 0.05,0.95.", param, ctx)


def talking(command: Command) -> Command:
    """Add --json and --quiet, and hand the command a `terminal` made of them."""

    @click.option("--json", "as_json", is_flag=True, help="Print only JSON on standard output.")
    @click.option("--quiet", is_flag=True, help="No progress bar and no notes.")
    @functools.wraps(command)
    def wrapped(*args: object, as_json: bool, quiet: bool, **values: object) -> object:
        return command(*args, terminal=Terminal(json=as_json, quiet=quiet), **values)

    return wrapped


dataset_option = click.option("--dataset", required=True, metavar="NAME", help="See: dataflow data list.")
model_option = click.option("--model", required=True, metavar="MODEL", help=MODELS_HELP)
timeframe_option = click.option(
    "--timeframe", metavar="BIN", help="Bin length: 1m, 5m, 15m, 1h, ... Default: the data set's own."
)
model_set_option = click.option(
    "--model-set", metavar="SET", help="Default: the data set's own if it has one, else the shipped one."
)


def check_models(*names: str) -> None:
    """Raise InputError, with the option's own name, for a model that does not exist."""
    from forecasting.forecasters.registry import checked_model

    for name in names:
        checked_model(name, field="model")


def read_settings() -> Settings:
    """The settings from the environment; raises InputError naming a wrong variable."""
    return Settings.from_environment()


def open_catalog(settings: Settings | None = None) -> Catalog:
    """The catalog of these settings, else of the environment's."""
    from forecasting.catalog import Catalog

    return Catalog(settings or read_settings())


def read_series(name: str, settings: Settings) -> Series:
    """The data set `name`; raises NotFound listing what there is."""
    return open_catalog(settings).get(name)


def moment(text: str | None, series: Series, option: str) -> int | None:
    """Absolute seconds of a time given in the series' wall time (or with an offset); None stays None."""
    from forecasting.timeseries.clock import moment_of

    return None if text is None else moment_of(text, series.time_zone, field=option)
