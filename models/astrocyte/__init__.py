"""Astrocytes that listen to synapses and act on them, and the memories made with them."""

from .associative import NeuronAstrocyteMemory
from .associative_network import memory_network
from .digits import digit
from .gchi import BEFORE, GAP_JUNCTION, GCHI, GCHI_NOISY, SPILLOVER
from .liquid import SteeredLiquid
from .modulated import AM_LIF
from .tripartite import TERRITORY, tripartite, with_territory
from .working_memory import WorkingMemory
from .working_memory_score import Recall

__all__ = ["AM_LIF", "BEFORE", "GAP_JUNCTION", "GCHI", "GCHI_NOISY", "SPILLOVER", "TERRITORY",
           "NeuronAstrocyteMemory", "Recall", "SteeredLiquid", "WorkingMemory", "digit",
           "memory_network", "tripartite", "with_territory"]
