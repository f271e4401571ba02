"""What applies to every request: guard, headers, compression, plain pages."""
