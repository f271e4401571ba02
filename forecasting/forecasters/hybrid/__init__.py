"""The hybrid model: Prophet's seasonal shape, corrected by an LSTM."""
