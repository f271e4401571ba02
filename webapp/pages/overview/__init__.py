"""Overview: the traffic of a data set, and whether it can be forecast."""
