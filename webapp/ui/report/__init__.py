"""The report of a comparison: one HTML file to hand on."""
