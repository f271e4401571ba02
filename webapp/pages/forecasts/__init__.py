"""Forecasts: what to expect next, and how reliable the forecast is."""
