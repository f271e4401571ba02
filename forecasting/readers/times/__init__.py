"""Times as text, time zones, the grid of bins, and outages."""
