"""Astrocytes that listen to synapses and act on them, and the memories made with them."""

from .associative import NeuronAstrocyteMemory
from .associative_network import memory_network
from .digits import digit
from .gchi import BEFORE, GAP_JUNCTION, GCHI, GCHI_NOISY, SPILLOVER
from .li_rinzel import CA_DIFFUSION, IP3_DIFFUSION, LI_RINZEL
from .liquid import SteeredLiquid
from .modulated import AM_LIF
from .tripartite import TERRITORY, tripartite, with_territory
from .working_memory import WorkingMemory
from .working_memory_score import Recall

__all__ = ["AM_LIF", "BEFORE", "CA_DIFFUSION", "GAP_JUNCTION", "GCHI", "GCHI_NOISY",
           "IP3_DIFFUSION", "LI_RINZEL", "SPILLOVER", "TERRITORY", "NeuronAstrocyteMemory",
           "Recall", "SteeredLiquid", "WorkingMemory", "digit", "memory_network", "tripartite",
           "with_territory"]
