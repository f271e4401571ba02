"""Texts and marks that the master process needs too, which loads nothing heavy."""

WARM_UP = "dataflow.warm_up"
"""Key of the WSGI environment that the server sets for its own first request; no client can."""

RESTRICTED = (
    "This server knows no users (DATAFLOW_AUTH=none) and can be reached from other machines, so it is read-only and "
    "starts no heavy work. Set DATAFLOW_AUTH, or DATAFLOW_ALLOW_ANONYMOUS=1 to let everybody do everything."
)
READ_ONLY = "This install is read-only (DATAFLOW_READ_ONLY=1)."
