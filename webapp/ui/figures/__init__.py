"""Figures: pure functions from what the service layer answered to what Plotly draws."""
