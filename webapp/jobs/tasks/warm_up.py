"""The task of the page Scaling: the forecasts of the days to replay."""

from __future__ import annotations

from forecasting.progress import Progress, named
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation import warm_up
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
    reach: int,
    start: int | None,
    end: int | None,
) -> object:
    """Cache a model's forecasts from every origin of the days, `reach` steps ahead; return how many there are."""
    series = series_of(settings, dataset, version)
    question = ScalingRequest(series, timeframe=timeframe, model=model, start=start, end=end, settings=settings)
    shown = named(progress, "Forecasting from every bin of the days")
    return {"forecasts": warm_up.rehearse(question.replay(), reach, shown)}
