"""The card of a model set, as figures and as sentences."""
