"""Forecasts and backtests of one series, called by pages, REST API and command line alike."""

from forecasting.prediction.blocks import MAX_BLOCK, BlockBacktest, block_backtest
from forecasting.prediction.forecasts import backtest, forecast_of, predict
from forecasting.prediction.model_choice import chosen, origin_position, whole_number, zero_shot
from forecasting.prediction.stored_scores import cards, metrics, model_sets

__all__ = [
    "MAX_BLOCK",
    "BlockBacktest",
    "backtest",
    "block_backtest",
    "cards",
    "chosen",
    "forecast_of",
    "metrics",
    "model_sets",
    "origin_position",
    "predict",
    "whole_number",
    "zero_shot",
]
