"""Models: neurons, synapses, and the memories made of them. Names load their module on first use.

`NEURONS` and `SYNAPSES` are the tables of the library; `models.neurons` and `models.synapses` hold
every name.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "astrocyte": ("AM_LIF", "GCHI", "NeuronAstrocyteMemory", "SteeredLiquid", "WorkingMemory",
                  "tripartite", "with_territory"),
    "neurons": ("ADEX_COND_EXP", "ADEX_CURR_EXP", "CLOPATH", "EIF_COND_EXP", "EIF_CURR_EXP",
                "HODGKIN_HUXLEY", "IF_CURR_EXP_SPINNAKER", "IZHIKEVICH", "LIF_ADAPTIVE",
                "LIF_COND_ALPHA", "LIF_COND_EXP", "LIF_CURR_ALPHA", "LIF_CURR_EXP", "LIF_DELTA",
                "LIF_NOISE", "NEURONS", "TRAUB_MILES", "with_modulator"),
    "synapses": ("SYNAPSES", "bcpnn", "clopath", "gap_junction", "inhibitory_vogels",
                 "short_term_memory", "static", "stdp_additive", "stdp_multiplicative",
                 "stdp_nearest", "stdp_triplet", "stdp_van_rossum", "synaptic_scaling",
                 "three_factor", "tsodyks_markram"),
    "hebbian": ("Bcpnn", "CliqueMemory", "Dense", "LateralSubspace", "SpikingBCPNN",
                "SpikingHopfield", "SpikingWillshaw", "Willshaw"),
    "hippocampus": ("HippocampalCAM", "OscillatoryCA3", "RegulatedCA3", "SparseHippocampus"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"engram.models has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
