"""Forecasts: what comes next, and why should I believe it?"""
