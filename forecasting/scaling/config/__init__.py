"""What is scaled and to which objective: the inputs of every decision."""
