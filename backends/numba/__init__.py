"""A run as one compiled loop on the CPU."""
