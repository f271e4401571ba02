"""How fast forecasts are made and served, beside mlforecast with LightGBM and Prophet on the same task."""
