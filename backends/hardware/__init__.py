"""What hardware and other simulators understand: cells, plasticity, and their limits."""
