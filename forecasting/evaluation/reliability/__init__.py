"""Coverage and calibration of prediction intervals, residuals and drift."""
