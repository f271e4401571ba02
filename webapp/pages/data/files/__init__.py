"""Files from the browser: how they are read, shown before anything is kept, and stored."""
