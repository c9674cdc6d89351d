"""The library of synapses, by name: each makes a model from its target variable and unit."""

from __future__ import annotations

from .synapses_static import static

SYNAPSES = {"static": static}

__all__ = ["SYNAPSES", "static"]
