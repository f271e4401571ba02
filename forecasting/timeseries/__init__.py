"""The one value that everything works on: regular counts on the wall of a time zone, and pure functions on it."""
