"""The expected-worth rule and the error budget: levels from cheap to safe, guards, and what moves between them."""
