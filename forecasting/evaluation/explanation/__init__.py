"""What a forecast is made of, and what a model looks at."""
