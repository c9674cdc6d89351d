"""Backends that tests run on. All of them must be installed: there are no skips."""

NUMERIC = ["reference", "numba", "torch"]
"""Those that read the Plan and must agree to the last bit."""

BACKENDS = [*NUMERIC, "brian2"]
"""Those that must agree spike for spike."""
