"""Our models and their peers on identical targets: `python -m benchmarks.accuracy --help`."""
