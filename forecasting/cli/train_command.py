"""`dataflow train`: train a model set on a data set, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from forecasting.cli.shared_options import check_models, dataset_option, moment, read_series, read_settings, talking
from forecasting.cli.terminal import Terminal, decimals, table


@click.command("train")
@dataset_option
@click.option("--until", metavar="TIME", help="Learn from what lies before this time. Default: from everything.")
@click.option(
    "--model", "models", multiple=True, metavar="MODEL", help="Default: hybrid, xgboost, lightgbm and ensemble."
)
@click.option("--timeframe", "timeframes", multiple=True, metavar="BIN", help="Default: 1m, 5m and 15m where they fit.")
@click.option("--model-set", metavar="SET", help="What to call the set. Default: the data set's name.")
@talking
def train_command(
    dataset: str,
    until: str | None,
    models: tuple[str, ...],
    timeframes: tuple[str, ...],
    model_set: str | None,
    terminal: Terminal,
) -> None:
    """Train a model set on a data set.

    Forecasts of that data set use it from then on. Ctrl-C leaves an older set of that name in place.

    \b
    Examples:
      dataflow train --dataset shop
      dataflow train --dataset shop --until 2024-06-01 --model lightgbm --timeframe 15m
    """
    from forecasting.forecasters.registry import MAIN_MODELS
    from forecasting.model_sets import SHIPPED, training

    check_models(*models)
    settings = read_settings()
    series = read_series(dataset, settings)
    with terminal.share_progress("training") as progress:
        card = training.train(
            series,
            model_set=model_set or (f"{dataset}-own" if dataset == SHIPPED else dataset),
            models=models or MAIN_MODELS,
            timeframes=timeframes,
            until=moment(until, series, "until"),
            settings=settings,
            progress=progress,
        )
    terminal.result(card, _card_text(card))


def _card_text(card: Mapping[str, Any]) -> str:
    """The new set's models with their scores one step ahead and over the whole path."""
    rows = []
    for timeframe, models in card["models"].items():
        for model, entry in models.items():
            scores = {score["step"]: score for score in entry["metrics"]}
            rows.append({"timeframe": timeframe, "model": model, **entry, "first": scores[1], "path": scores["all"]})
    columns = {
        "timeframe": ("bin", str),
        "model": ("model", str),
        "trained_until": ("trained until", str),
        "train_seconds": ("seconds", decimals(1)),
        "metrics_on": ("scored on", str),
        "first": ("RMSE of step 1", lambda score: decimals(2)(score["rmse"])),
        "path": ("of all steps", lambda score: decimals(2)(score["rmse"])),
    }
    return f"model set {card['model_set']}, trained on {card['data']['name']}\n\n{table(rows, columns)}"
