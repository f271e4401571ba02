"""API: every call, to try here and to copy into a program."""
