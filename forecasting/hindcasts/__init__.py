"""Out-of-sample forecasts of past origins: computed once, cached, used by evaluation and scaling alike."""
