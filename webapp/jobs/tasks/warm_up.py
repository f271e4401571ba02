"""The task of the page Scaling: the forecasts of the days to replay."""

from __future__ import annotations

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation import warm_up
from forecasting.settings import Settings
from webapp.jobs.tasks.dataset import series_of
from webapp.jobs.watch import Report


def rehearse(
    settings: Settings,
    report: Report,
    version: str,
    *,
    dataset: str,
    timeframe: str,
    model: str,
    reach: int,
    start: int | None,
    end: int | None,
) -> object:
    """Make and keep what a model said from every moment of the days, `reach` bins ahead; how many forecasts."""
    series = series_of(settings, dataset, version)
    question = ScalingRequest(series, timeframe=timeframe, model=model, start=start, end=end, settings=settings)
    doing = "Forecasting from every moment of the days"
    return {"forecasts": warm_up.rehearse(question.replay(), reach, lambda share: report(share, doing))}
