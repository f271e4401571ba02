"""Speed of forecasts and of the server, with mlforecast (LightGBM) and Prophet on the same task."""
