"""Every policy on the same days: cost at equal service, and the verdict."""
