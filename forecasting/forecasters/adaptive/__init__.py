"""`adaptive` and `auto`: experts that learn online, mixed by their own past losses, with intervals that adapt."""
