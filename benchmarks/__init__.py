"""What measures speed, memory and size; prints tables, asserts nothing about time."""
