"""Data: the data sets, and four ways to add one."""
