"""Forecasters that need no training: members weighted by their recent losses."""
