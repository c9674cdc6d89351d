"""The SpiNNaker board on a CPU: its arithmetic, its weights, and what they lose."""

from .report import SpinnakerWarning
from .ring_buffer import quantised_weights, shifts
from .runner import SpinnakerRunner, unsupported

__all__ = ["SpinnakerRunner", "SpinnakerWarning", "quantised_weights", "shifts", "unsupported"]
