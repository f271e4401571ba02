"""A whole install moved: written to a backup file, restored from one, or copied into another database."""
