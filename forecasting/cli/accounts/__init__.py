"""`dataflow users` and `dataflow keys`: who may do what on a server."""
