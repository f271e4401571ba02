"""Scaling: how many replicas, when, and why?"""
