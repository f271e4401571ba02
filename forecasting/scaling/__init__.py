"""From demand to replicas and money: the service, its policies, the simulator, the optimum."""
