"""How many tuning days and evaluation days policies have."""

TUNING_DAYS = 14
MOST_TEST_DAYS = 14
SHORT_DAYS = 14
"""A series shorter than this is tuned on its first half."""
