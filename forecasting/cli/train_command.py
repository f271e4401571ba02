"""`dataflow train`: train a model set on a data set, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

import forecasting
from forecasting.cli.accounts.account_records import audited
from forecasting.cli.shared_options import (
    check_models,
    dataset_option,
    moment,
    output_options,
    read_series,
    read_settings,
)
from forecasting.cli.terminal import Columns, Terminal, decimals, table


@click.command("train")
@dataset_option
@click.option("--until", metavar="TIME", help="End of the training bins. Default: the end of the data set.")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help="Default: auto. Others: hybrid, xgboost, lightgbm, ensemble; simple rules are always included.",
)
@click.option(
    "--timeframe",
    "timeframes",
    multiple=True,
    metavar="BIN",
    help="Default: 1m, 5m and 15m, if the data set can be resampled to them.",
)
@click.option("--model-set", metavar="SET", help="Name of the set. Default: that of the data set.")
@output_options
def train_command(
    dataset: str,
    until: str | None,
    models: tuple[str, ...],
    timeframes: tuple[str, ...],
    model_set: str | None,
    terminal: Terminal,
) -> None:
    """Train a model set on a data set.

    Forecasts of that data set then use it. The default model takes seconds; the others take minutes on a long
    history. Ctrl-C leaves an existing set of that name unchanged.

    \b
    Examples:
      dataflow train --dataset shop
      dataflow train --dataset shop --until 2024-06-01 --model lightgbm --timeframe 15m
    """
    # numpy and pandas take a second to import
    from forecasting.forecasters.registry import TRAINED_BY_DEFAULT
    from forecasting.model_sets.names import default_set_name

    check_models(*models)
    settings = read_settings()
    series = read_series(dataset, settings)
    chosen_set = model_set or default_set_name(dataset)
    with audited("model-set.train", chosen_set) as after, terminal.share_progress("training") as progress:
        card = forecasting.train(
            series,
            model_set=chosen_set,
            models=models or TRAINED_BY_DEFAULT,
            timeframes=timeframes,
            until=moment(until, series, "until"),
            settings=settings,
            progress=progress,
        )
        after |= {
            "dataset": dataset,
            "models": sorted({name for entries in card["models"].values() for name in entries}),
        }
    terminal.result(card, _card_text(card))


def _card_text(card: Mapping[str, Any]) -> str:
    """Format the models of the new set with their scores at step 1 and over all steps."""
    rows = []
    for timeframe, models in card["models"].items():
        for model, entry in models.items():
            scores = {score["step"]: score for score in entry["metrics"]}
            rows.append({"timeframe": timeframe, "model": model, **entry, "first": scores[1], "path": scores["all"]})
    columns: Columns = {
        "timeframe": ("bin", str),
        "model": ("model", str),
        "trained_until": ("trained until", str),
        "train_seconds": ("seconds", decimals(1)),
        "metrics_on": ("scored on", str),
        "first": ("RMSE of step 1", lambda score: decimals(2)(score["rmse"])),
        "path": ("of all steps", lambda score: decimals(2)(score["rmse"])),
    }
    return f"model set {card['model_set']}, trained on {card['data']['name']}\n\n{table(rows, columns)}"
