"""Plain NumPy, one event after the other: the definition."""
