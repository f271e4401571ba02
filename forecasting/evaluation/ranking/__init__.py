"""Models and simple rules scored on identical targets, and which differences are statistically clear."""
