"""The task of the page Scaling: the forecasts of the days to replay."""

from __future__ import annotations

from forecasting.progress import Progress, named
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation import warm_up
from forecasting.scaling.simulation.replay import replay_of
from forecasting.settings import Settings
from webapp.jobs.tasks.dataset import series_of


def rehearse(
    settings: Settings,
    progress: Progress,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    model: str,
    model_set: str | None,
    reach: int,
    start: int | None,
    end: int | None,
) -> object:
    """Cache a model's forecasts from every origin of the days, `reach` steps ahead; return how many there are."""
    series = series_of(settings, dataset, version)
    request = ScalingRequest(
        series=series,
        timeframe=timeframe,
        model_type=model,
        model_set=model_set,
        start=start,
        end=end,
        settings=settings,
    )
    shown = named(progress, "Forecasting from every bin of the days")
    return {"forecasts": warm_up.rehearse(replay_of(request), reach, shown)}
