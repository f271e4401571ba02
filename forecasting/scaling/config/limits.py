"""Numbers that bound the inputs of scaling."""

from __future__ import annotations

MAX_REPLICAS = 10_000
LARGEST_NUMBER = 1e12
"""Of capacities, prices and times: far beyond any service, and small enough to calculate with."""

SCALE_IN_WINDOW_SECONDS = 300
"""Kubernetes' default stabilization window of scale-in (`--horizontal-pod-autoscaler-downscale-stabilization`)."""

MAX_WINDOW_SECONDS = 3600
"""The longest stabilization window that Kubernetes takes."""

STEP_SECONDS = 15
"""A step of the simulation: how often the Horizontal Pod Autoscaler of Kubernetes looks."""
