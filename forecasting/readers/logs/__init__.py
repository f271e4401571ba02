"""Access logs: one file a family of formats."""
