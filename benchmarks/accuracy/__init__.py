"""Accuracy of our models and other packages on identical targets: `python -m benchmarks.accuracy --help`."""
