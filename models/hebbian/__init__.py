"""Hebbian memories.

`hopfield`, `dense` (P-body, with `dense_theory`) and `multitask` are functions of patterns (N, K);
`Willshaw`, `CliqueMemory`, `Bcpnn`, `LateralSubspace` and `Macrocolumn` (Sparsey's; with
`AgeingMacrocolumn`) are memories of their own;
`SpikingWillshaw`, `SpikingHopfield` and `SpikingBCPNN` are ordinary networks, for every backend;
`emergence` grows cliques out of noise.
"""

from .bcpnn import Bcpnn
from .cliques import CliqueMemory
from .dense import Dense
from .emergence import Lessons
from .hlop import LateralSubspace
from .sparsey import Macrocolumn
from .sparsey_ageing import AgeingMacrocolumn
from .spiking_bcpnn import SpikingBCPNN
from .spiking_hopfield import SpikingHopfield
from .spiking_willshaw import SpikingWillshaw
from .willshaw import Willshaw

__all__ = ["AgeingMacrocolumn", "Bcpnn", "CliqueMemory", "Dense", "LateralSubspace", "Lessons",
           "Macrocolumn", "SpikingBCPNN", "SpikingHopfield", "SpikingWillshaw", "Willshaw"]
