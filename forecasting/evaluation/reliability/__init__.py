"""Whether intervals keep what they promise, and whether the errors have a pattern left in them."""
