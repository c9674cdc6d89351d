"""The library of neurons, by name.

A source of spikes is not a neuron: `SpikeTimes` and `Poisson` (independent Poisson trains of given
rates) stand in the same place of a `Population`. Every neuron but the board's takes spikes through
one of the `neurons_inputs`, chosen by the end of its name; to combine others, call the function
that makes the neuron, as in lif(cond_alpha()).
"""

from __future__ import annotations

from .neurons_conductance import HODGKIN_HUXLEY, TRAUB_MILES, hodgkin_huxley, traub_miles
from .neurons_exponential import (
    ADEX_COND_EXP,
    ADEX_CURR_EXP,
    EIF_COND_EXP,
    EIF_CURR_EXP,
    IZHIKEVICH,
    adex,
    eif,
    izhikevich,
)
from .neurons_inputs import cond_alpha, cond_exp, curr_alpha, curr_exp, delta
from .neurons_lif import (
    LIF_ADAPTIVE,
    LIF_COND_ALPHA,
    LIF_COND_EXP,
    LIF_CURR_ALPHA,
    LIF_CURR_EXP,
    LIF_DELTA,
    LIF_NOISE,
    lif,
)
from .neurons_plastic import CLOPATH, with_modulator
from .neurons_spinnaker import IF_CURR_EXP_SPINNAKER

NEURONS = {m.name: m for m in (
    LIF_DELTA, LIF_CURR_EXP, LIF_CURR_ALPHA, LIF_COND_EXP, LIF_COND_ALPHA, LIF_ADAPTIVE, LIF_NOISE,
    EIF_CURR_EXP, EIF_COND_EXP, ADEX_CURR_EXP, ADEX_COND_EXP, IZHIKEVICH, HODGKIN_HUXLEY,
    TRAUB_MILES, CLOPATH, IF_CURR_EXP_SPINNAKER)}

__all__ = ["ADEX_COND_EXP", "ADEX_CURR_EXP", "CLOPATH", "EIF_COND_EXP", "EIF_CURR_EXP",
           "HODGKIN_HUXLEY", "IF_CURR_EXP_SPINNAKER", "IZHIKEVICH", "LIF_ADAPTIVE",
           "LIF_COND_ALPHA", "LIF_COND_EXP", "LIF_CURR_ALPHA", "LIF_CURR_EXP", "LIF_DELTA",
           "LIF_NOISE", "NEURONS", "TRAUB_MILES", "adex", "cond_alpha", "cond_exp", "curr_alpha",
           "curr_exp", "delta", "eif", "hodgkin_huxley", "izhikevich", "lif", "traub_miles",
           "with_modulator"]
