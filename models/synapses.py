"""The library of synapses, by name: each makes a model from its target variable and unit."""

from __future__ import annotations

from .synapses_bcpnn import bcpnn
from .synapses_gated import clopath, three_factor
from .synapses_homeostatic import inhibitory_vogels, synaptic_scaling
from .synapses_short_term import short_term_memory, tsodyks_markram
from .synapses_static import gap_junction, static
from .synapses_stdp import (
    stdp_additive,
    stdp_multiplicative,
    stdp_nearest,
    stdp_triplet,
    stdp_van_rossum,
)

SYNAPSES = {f.__name__: f for f in (
    static, gap_junction, stdp_additive, stdp_nearest, stdp_multiplicative, stdp_van_rossum,
    stdp_triplet, inhibitory_vogels, synaptic_scaling, tsodyks_markram, short_term_memory,
    three_factor, clopath, bcpnn)}

__all__ = ["SYNAPSES", "bcpnn", "clopath", "gap_junction", "inhibitory_vogels", "short_term_memory",
           "static", "stdp_additive", "stdp_multiplicative", "stdp_nearest", "stdp_triplet",
           "stdp_van_rossum", "synaptic_scaling", "three_factor", "tsodyks_markram"]
