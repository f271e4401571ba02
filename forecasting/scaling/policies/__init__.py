"""The policies, one file each, and what a policy knows when it decides."""
