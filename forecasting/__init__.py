"""Forecasts of request traffic, and the number of replicas that it needs.

    series = forecasting.Catalog(forecasting.Settings.from_environment()).get("sample")
    forecast = forecasting.predict(series, timeframe="5m", horizon=12)

The names in `__all__` are the public interface; each is imported when it is first used, so `import forecasting` and the
command line start at once. Type checkers read them from `__init__.pyi`.
"""

from __future__ import annotations

from importlib import import_module

_MODULES = {
    "Accounts": "access.accounts",
    "Backtest": "backtests.backtest",
    "Catalog": "catalog.datasets",
    "Conflict": "errors",
    "DatasetInfo": "catalog.dataset_info",
    "FileRefused": "errors",
    "Forecast": "forecasters.base",
    "ForecastingError": "errors",
    "HistoryTooShort": "errors",
    "ImportOptions": "readers.options",
    "InputError": "errors",
    "JobQueue": "jobs.job_queue",
    "NotFound": "errors",
    "NotReady": "errors",
    "Objective": "scaling.config.objective",
    "ReadOnly": "errors",
    "ScaledService": "scaling.config.scaled_service",
    "ScalingRequest": "scaling.config.request",
    "Schedules": "jobs.schedules",
    "Series": "timeseries.series",
    "Settings": "settings",
    "TooLarge": "errors",
    "WorkFailed": "errors",
    "append_files": "catalog.appended_files",
    "backup": "database.transfer.backup",
    "backtest": "prediction.forecasts",
    "compare": "scaling.comparison.compare",
    "copy_database": "database.transfer.copying",
    "generate": "timeseries.synthetic",
    "import_files": "readers.door",
    "migrate": "database.schema",
    "predict": "prediction.forecasts",
    "problems_of": "evaluation.stored_state",
    "recommend": "scaling.recommendation.recommend",
    "replay_of": "scaling.simulation.replay",
    "resample": "timeseries.resampling",
    "restore": "database.transfer.backup",
    "simulate": "scaling.simulation.simulate",
    "take_in": "model_sets.intake",
    "train": "model_sets.training",
}
"""The module of every public name."""

__all__ = list(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
