"""Traffic reduced to few enough points for a chart."""
