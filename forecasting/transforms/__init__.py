"""Pure functions on a Series that describe it: coarser bins, bursts, spans, seasonal profile, trend.

All of them look at the whole series, past and future alike. They are for showing and cleaning, never for a
forecaster's features.
"""

from forecasting.transforms.bursts import detect_bursts
from forecasting.transforms.profile import Profile, seasonal_profile
from forecasting.transforms.resample import resample
from forecasting.transforms.spans import burst_spans, event_spans, spans_of
from forecasting.transforms.trend import trend

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
