"""Fast readers: whole blocks of lines at once, by numpy."""
