"""Hebbian memories.

`hopfield`, `dense` (P-body, with `dense_theory`) and `multitask` are functions of patterns (N, K);
`Willshaw`, `CliqueMemory` and `LateralSubspace` are memories of their own; `SpikingWillshaw` and
`SpikingHopfield` are ordinary networks, for every backend; `emergence` grows cliques out of noise.
"""

from .cliques import CliqueMemory
from .dense import Dense
from .emergence import Lessons
from .hlop import LateralSubspace
from .spiking_hopfield import SpikingHopfield
from .spiking_willshaw import SpikingWillshaw
from .willshaw import Willshaw

__all__ = ["CliqueMemory", "Dense", "LateralSubspace", "Lessons", "SpikingHopfield",
           "SpikingWillshaw", "Willshaw"]
