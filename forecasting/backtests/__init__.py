"""Rolling origins with frozen parameters, and the scores of what was forecast."""
