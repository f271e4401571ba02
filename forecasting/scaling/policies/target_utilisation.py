"""Target utilisations of the reactive rules, in percent of capacity."""

REACTIVE_PERCENT = 70
"""Of the HPA that decides alone."""

GUARD_PERCENT = 90
"""Of the guard beside an open forecast: looser, because the forecast's quantile is the headroom already."""
