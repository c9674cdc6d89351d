"""The circuit of the hippocampal content-addressable memory: ten populations, eighteen projections.

Casanueva-Morato et al., "Bio-inspired computational memory model of the hippocampus: an approach
to a neuromorphic spike-based Content-Addressable Memory", Neural Networks 178:106474 (2024).
Numbers are those of the paper's published configuration, in steps of 1 ms as on the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...simulator.connectors import AllToAll, FromArrays, OneToOne
from ...simulator.network import Network, Population, Projection, View
from ...simulator.units import UNITS
from ..neurons import IF_CURR_EXP_SPINNAKER
from ..synapses import static
from .source import spike_source
from .synapses import PAIR_STDP_SPINNAKER

ms, mV, nA, nF = (UNITS[u] for u in ("ms", "mV", "nA", "nfarad"))

SLOW = {"c_m": 0.27*nF, "tau_m": 3*ms}
FAST = {"c_m": 0.14*nF, "tau_m": 0.5*ms}
ONE, ALL = OneToOne(), AllToAll()
EXC, INH = static("in_exc"), static("in_inh")

PLASTIC = ("cue_recall", "content_recall")
"""The projections that learn: cue_cue to content_cue, and content_content to cue_content."""


def cam_network(cues: int, contents: int, cue_spikes: Mapping[int, Any],
                content_spikes: Mapping[int, Any], probes: Iterable[Any] = ()) -> Network:
    """The memory for `cues` one-hot cues and `contents` content neurons, driven by given spikes.

    `cue_spikes` and `content_spikes` map a neuron to its spike times (quantities; plain numbers
    are ms). Populations `input` and `output` hold the cues first, then the contents.
    """
    both = cues + contents
    source = spike_source([("cue", cue_spikes, cues), ("content", content_spikes, contents)])
    populations = [
        Population("input", both, source),
        _neurons("cue_cue", cues, SLOW), _neurons("content_cue", contents, SLOW),
        _neurons("cond", contents, FAST), _neurons("cond_int", 1, FAST),
        _neurons("cue_content", cues, FAST), _neurons("content_content", contents, SLOW),
        _neurons("merge_cue", cues, SLOW), _neurons("merge_content", contents, SLOW),
        _neurons("output", both, {**SLOW, "v_thresh": -57.5*mV})]
    plastic = [Projection(name, source, target, ALL, PAIR_STDP_SPINNAKER, delay=1*ms)
               for name, source, target in zip(PLASTIC, ("cue_cue", "content_content"),
                                               ("content_cue", "cue_content"), strict=True)]
    return Network(populations, [*plastic, *_fixed(cues, contents)], probes=tuple(probes), dt=1*ms,
                   name="hippocampal-cam")


def _neurons(name: str, size: int, parameters: Mapping[str, Any]) -> Population:
    return Population(name, size, IF_CURR_EXP_SPINNAKER, parameters)


def _fixed(cues: int, contents: int) -> list[Projection]:
    cue_part, content_part = (0, cues), (cues, cues + contents)
    others = off_diagonal(cues)
    strong = 6 * contents  # outweighs every content that recalls a cue at once
    table = (  # source, target, connector, synapse, weight in nA, delay in ms
        (View("input", *cue_part), "cue_cue", ONE, EXC, 6, 1),
        (View("input", *content_part), "content_cue", ONE, EXC, 6, 1),
        ("cue_cue", "cue_content", ONE, EXC, 6, 2),
        ("cue_cue", "cue_content", others, INH, strong, 3),
        ("cue_cue", "cond", ALL, INH, 6, 2),
        ("content_cue", "cond", ONE, EXC, 9, 1),
        ("content_cue", "cond_int", ALL, EXC, 6, 1),
        ("cond_int", "cond", ALL, EXC, 2, 1),
        ("cond", "content_content", ONE, EXC, 6, 1),
        ("cue_content", "cue_content", others, INH, strong, 2),
        ("cue_cue", "merge_cue", ONE, EXC, 6, 3),
        ("cue_content", "merge_cue", ONE, EXC, 6, 1),
        ("content_cue", "merge_content", ONE, EXC, 6, 3),
        ("content_content", "merge_content", ONE, EXC, 6, 1),
        ("merge_cue", View("output", *cue_part), ONE, EXC, 6, 1),
        ("merge_content", View("output", *content_part), ONE, EXC, 6, 1))
    return [Projection(name_of(source, target, synapse), source, target, connector, synapse,
                       {"w": weight*nA}, delay=delay*ms)
            for source, target, connector, synapse, weight, delay in table]


def off_diagonal(n: int) -> FromArrays:
    """Every pair of n by n neurons but the equal ones, also between two populations."""
    pre, post = np.nonzero(~np.eye(n, dtype=bool))
    return FromArrays(pre, post)


def name_of(source: Any, target: Any, synapse: Any) -> str:
    """Name of a fixed projection after its ends, such as `cue_cue_to_cond_inh`."""
    ends = [getattr(end, "population", end) for end in (source, target)]
    return "_to_".join(ends) + ("_inh" if synapse is INH else "")
