"""The factors of a forecast, and the features that a model uses."""
