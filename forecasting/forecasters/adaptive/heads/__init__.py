"""Quantile heads: the trained part of `auto`."""
