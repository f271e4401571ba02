"""Series, the value that every part of the product works on: regular counts in a time zone, with its pure functions."""
