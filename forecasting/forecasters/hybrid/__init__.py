"""Prophet's seasonal shape with an LSTM's correction."""
