"""Pure functions on a Series that describe it: coarser bins, bursts, spans, seasonal profile, trend.

All of them look at the whole series, past and future alike. They are for showing and cleaning, never for a
forecaster's features.
"""

from forecasting.timeseries.bursts import detect_bursts
from forecasting.timeseries.profile import Profile, seasonal_profile
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.spans import burst_spans, event_spans, spans_of
from forecasting.timeseries.trend import trend

__all__ = [
    "Profile",
    "burst_spans",
    "detect_bursts",
    "event_spans",
    "resample",
    "seasonal_profile",
    "spans_of",
    "trend",
]
