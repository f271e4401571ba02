"""Pieces that several pages are made of. None of them calls the service layer."""
