"""The card of a model set, as figures and in sentences."""
