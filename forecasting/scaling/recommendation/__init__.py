"""How many replicas to run now, why, and what is planned."""
