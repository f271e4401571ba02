"""Rolling-origin backtests with frozen parameters, and the scores of their forecasts."""
