"""Counts from CSV."""
