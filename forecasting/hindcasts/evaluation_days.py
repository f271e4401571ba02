"""How many days policies are tuned and judged on."""

TUNING_DAYS = 14
MOST_TEST_DAYS = 14
SHORT_DAYS = 14
"""A series shorter than this is tuned on its first half."""
