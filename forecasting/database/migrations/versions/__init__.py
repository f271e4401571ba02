"""The revisions in their order: the number that begins a module's name is its revision, and follows the one before."""
