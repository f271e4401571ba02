"""Out-of-sample forecasts of past origins: made once, kept, read by evaluation and scaling alike."""
