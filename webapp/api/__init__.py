"""The REST API: one module a resource. A view reads and checks, calls one function of `forecasting`, and serialises."""
