"""The label of tokens that neither a loss nor a metric counts."""

IGNORED = -100
"""PyTorch's default in its cross entropy."""
