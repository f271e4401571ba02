"""Tree models: XGBoost and LightGBM on one set of features."""
