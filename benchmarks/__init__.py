"""Benchmarks of speed, memory, size and accuracy; they print tables and assert nothing about time."""
