"""What policies would have done on past days, and what that would have cost."""
