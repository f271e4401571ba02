"""Commands about the installation itself: its database, and whether everything it needs is there."""
