"""The pages: each a module with PATH, NAME and layout()."""
