"""What every request passes: guard, headers, compression, plain pages."""
