"""Model cards: what a model set was trained on, how accurate it is, and its limits."""
