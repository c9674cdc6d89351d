"""Export: a network as files that other simulators and hardware read."""
