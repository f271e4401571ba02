"""Ways of deciding, and what a policy sees when it decides."""
