"""API: every call, to try from here and to copy into a program."""
