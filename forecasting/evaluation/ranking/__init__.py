"""Models and baselines on identical targets, and who is really better."""
