"""The traffic as few enough points to draw."""
