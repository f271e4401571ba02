"""`dataflow predict` and `dataflow backtest`: forecasts, and their accuracy on past data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import forecasting
from forecasting.cli.files import replacing, write_csv
from forecasting.cli.shared_options import (
    OUTPUT_FILE,
    LevelList,
    StepList,
    calendar_option,
    check_models,
    dataset_option,
    model_option,
    model_set_option,
    moment,
    output_options,
    read_series,
    read_settings,
    timeframe_option,
)
from forecasting.cli.terminal import Columns, Terminal, count, decimals, percent, table

LEAST_SHOWN = 0.005
"""The smallest weight of a member that the text lists; JSON has all of them."""


@click.command("predict")
@dataset_option
@model_option
@timeframe_option
@click.option("--horizon", type=int, default=12, show_default=True, metavar="N", help="Steps ahead, 1 to 100.")
@click.option("--origin", metavar="TIME", help="Forecast from this bin, in wall time. Default: the last bin.")
@click.option(
    "--quantiles",
    type=LevelList(),
    default=(),
    metavar="LEVELS",
    help="Additional quantile columns, such as 0.05,0.95.",
)
@model_set_option
@calendar_option
@output_options
def predict_command(
    dataset: str,
    model: str,
    timeframe: str | None,
    horizon: int,
    origin: str | None,
    quantiles: tuple[float, ...],
    model_set: str | None,
    calendar: Path | None,
    terminal: Terminal,
) -> None:
    """Forecast the bins after the end of a data set.

    Each has a mean, an 80 % interval and any additional quantiles.

    \b
    Examples:
      dataflow predict --dataset sample --model xgboost --timeframe 5m --horizon 12
      dataflow predict --dataset sample --model hybrid --timeframe 15m --horizon 4 --json
    """
    check_models(model)
    settings = read_settings()
    series = read_series(dataset, settings, calendar)
    forecast = forecasting.predict(
        series,
        model=model,
        horizon=horizon,
        timeframe=timeframe,
        model_set=model_set,
        origin=moment(origin, series, "origin"),
        settings=settings,
    )
    result = prediction_result(forecast, quantiles)
    if not terminal.json:
        terminal.note(forecast.warnings)
    terminal.result(result, _prediction_text(dataset, forecast, result["predictions"]))


def prediction_result(forecast: forecasting.Forecast, levels: tuple[float, ...] = ()) -> dict[str, Any]:
    """Return the body of the response of `POST /forecast/predict` for this forecast."""
    return {
        "success": True,
        "message": f"{len(forecast.yhat)} bins of {forecast.timeframe} forecast by {forecast.model}.",
        "model_type": forecast.model,
        "timeframe": forecast.timeframe,
        "model_set": forecast.model_set,
        "members": [{"model": name, "weight": weight} for name, weight in forecast.members],
        "predictions": forecast.rows(levels),
        "warnings": list(forecast.warnings),
    }


def _prediction_text(dataset: str, forecast: forecasting.Forecast, rows: Sequence[dict[str, Any]]) -> str:
    trained = f", model set {forecast.model_set}" if forecast.model_set else ""
    head = f"{dataset}: {forecast.model}, requests per {forecast.timeframe}{trained}"
    mixed = ", ".join(f"{name} {percent(weight)}" for name, weight in forecast.members if weight >= LEAST_SHOWN)
    head += f"\nmembers: {mixed}" if mixed else ""
    titles = {"ds": "time", "yhat": "expected", "yhat_lower": "80 % from", "yhat_upper": "to"}
    columns: Columns = {key: (titles.get(key, key), str if key == "ds" else decimals(1)) for key in rows[0]}
    return f"{head}\n\n{table(rows, columns)}"


@click.command("backtest")
@dataset_option
@model_option
@timeframe_option
@model_set_option
@calendar_option
@click.option("--start", metavar="TIME", help="Start of the targets. Default: the end of the training bins.")
@click.option("--end", metavar="TIME", help="End of the targets, exclusive. Default: the end of the series.")
@click.option(
    "--steps", type=StepList(), default="1-12", show_default=True, metavar="STEPS", help="Steps ahead: 1,12 or 1-12."
)
@click.option(
    "--stride", type=click.IntRange(min=1), default=1, show_default=True, metavar="K", help="Bins between origins."
)
@click.option("--out", type=OUTPUT_FILE, metavar="FILE.csv", help="Also write every forecast as one row of CSV.")
@output_options
def backtest_command(
    dataset: str,
    model: str,
    start: str | None,
    end: str | None,
    timeframe: str | None,
    model_set: str | None,
    steps: tuple[int, ...],
    stride: int,
    calendar: Path | None,
    out: Path | None,
    terminal: Terminal,
) -> None:
    """Score forecasts from past origins.

    Parameters are frozen, and every forecast uses the history up to its origin only.

    \b
    Examples:
      dataflow backtest --dataset sample --model lightgbm --timeframe 15m
      dataflow backtest --dataset sample --model xgboost --timeframe 5m --steps 1,12 --out forecasts.csv
    """
    check_models(model)
    settings = read_settings()
    series = read_series(dataset, settings, calendar)
    with terminal.share_progress("backtest") as progress:
        result = forecasting.backtest(
            series,
            model=model,
            timeframe=timeframe,
            model_set=model_set,
            start=moment(start, series, "start"),
            end=moment(end, series, "end"),
            steps=steps,
            stride=stride,
            settings=settings,
            progress=progress,
        )
    if out is not None:
        with replacing(out) as stream, terminal.share_progress("writing") as progress:
            write_csv(stream, result.frames(), lambda rows: progress(rows / result.means.size))
    terminal.note(result.warnings)
    scores = result.scores()
    terminal.result(scores, _scores_text(dataset, scores))


def _scores_text(dataset: str, scores: Sequence[dict[str, Any]]) -> str:
    head = f"{dataset}: {scores[0]['model']}, requests per {scores[0]['timeframe']}"
    columns: Columns = {
        "step": ("step", str),
        "n": ("forecasts", count),
        "rmse": ("RMSE", decimals(2)),
        "mae": ("MAE", decimals(2)),
        "bias": ("bias", decimals(2)),
        "smape": ("sMAPE %", decimals(2)),
        "mase": ("MASE", decimals(3)),
        "wql": ("WQL", decimals(4)),
        "coverage_80": ("in 80 %", percent),
        "coverage_90": ("in 90 %", percent),
    }
    return f"{head}\n\n{table(scores, columns)}"
