"""The circuit of the sparse-learning hippocampal memory: DG, CA3 and CA1 on a binary cue.

Casanueva-Morato et al., "A bio-inspired implementation of a sparse-learning spike-based
hippocampus memory model", arXiv 2206.04924 (IEEE TETC 2024). Weights, delays and neurons are
those of the published configurations, in steps of 1 ms. The decoder of the "gates" variant is our
own: logic gates with the published neuron and the recorded latency of 3 ms.
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
OUTPUT = {**SLOW, "v_thresh": -57.5*mV}
DECODER = {"c_m": 0.14*nF, "tau_m": 0.5*ms, "v_thresh": -57.5*mV}
GATE = {"c_m": 0.1*nF, "tau_m": 0.1*ms, "tau_refrac": 0*ms, "tau_syn_e": 0.1*ms,
        "tau_syn_i": 0.1*ms, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -64.91*mV}
"""A neuron without memory: 1 nA in a step makes it fire in that step, 0.9 nA does not."""

EXC, INH = static("in_exc"), static("in_inh")
PLASTIC = "cue_to_content"


def bits_of(cues: int) -> int:
    """Bits of the binary cue. Cue c has the address c + 1; address 0 is rest."""
    return int(cues).bit_length()


def bit_matrix(addresses: Iterable[int], bits: int) -> Any:
    """Boolean (bits, addresses): bit b of each address."""
    return (np.asarray(list(addresses))[None, :] >> np.arange(bits)[:, None]) & 1 == 1


def sparse_network(cues: int, contents: int, variant: str, bit_spikes: Mapping[int, Any],
                   content_spikes: Mapping[int, Any], probes: Iterable[Any] = ()) -> Network:
    """The memory driven by given spikes of the cue's bits (least significant first) and contents.

    Populations `input` and `output` hold the bits first, then the contents. `variant` is "gates"
    or "neurons": how DG decodes the cue and CA1 encodes it.
    """
    bits = bits_of(cues)
    gates = variant == "gates"
    source = spike_source([("bit", bit_spikes, bits), ("content", content_spikes, contents)])
    populations, decode = (_gate_decoder if gates else _neuron_decoder)(cues, bits)
    first = 1 if gates else 0  # among the gates, address 0 has a neuron too: it fires at rest
    of_bit = bit_matrix(range(1, cues + 1), bits).T
    pre, post = np.nonzero(of_bit)
    populations = [
        Population("input", bits + contents, source), *populations,
        _neurons("ca3_cue", cues, SLOW), _neurons("ca3_content", contents, OUTPUT),
        _neurons("ca1", bits, GATE if gates else OUTPUT), _neurons("output", bits + contents,
                                                                   OUTPUT)]
    content_part = (bits, bits + contents)
    projections = [
        Projection(PLASTIC, "ca3_cue", "ca3_content", AllToAll(), PAIR_STDP_SPINNAKER, delay=1*ms),
        *decode,
        _wire("dg_to_ca3_cue", View("dg", first, first + cues), "ca3_cue", OneToOne(), EXC, 6, 1),
        _wire("input_to_ca3_content", View("input", *content_part), "ca3_content", OneToOne(), EXC,
              6, 4 if gates else 2),
        _wire("ca3_cue_to_ca1", "ca3_cue", "ca1", FromArrays(pre, post), EXC, 1 if gates else 6, 1),
        _wire("ca1_to_output", "ca1", View("output", 0, bits), OneToOne(), EXC, 6, 1),
        _wire("ca3_content_to_output", "ca3_content", View("output", *content_part), OneToOne(),
              EXC, 6, 2)]
    return Network(populations, projections, probes=tuple(probes), dt=1*ms,
                   name="sparse-hippocampus")


def _neurons(name: str, size: int, parameters: Mapping[str, Any]) -> Population:
    return Population(name, size, IF_CURR_EXP_SPINNAKER, parameters)


def _wire(name: str, source: Any, target: Any, connector: Any, synapse: Any, weight: Any,
          delay: int) -> Projection:
    return Projection(name, source, target, connector, synapse, {"w": weight*nA}, delay=delay*ms)


def _gate_decoder(cues: int, bits: int) -> tuple[list[Population], list[Projection]]:
    """Each address is the AND of its bits and of the inverses of the others; 3 ms in all.

    `dg_literals` holds the bits, then their inverses, which a neuron that fires in every step
    keeps up. The neuron of address 0 fires at rest, as recorded, and reaches nothing.
    """
    addresses = 2**bits
    of_bit = bit_matrix(range(addresses), bits)
    pre, post = np.nonzero(np.vstack([of_bit, ~of_bit]))
    pace = {**GATE, "i_offset": 1*nA}
    populations = [_neurons("dg_pace", 1, pace), _neurons("dg_literals", 2 * bits, GATE),
                   _neurons("dg", addresses, GATE)]
    true, inverse = View("dg_literals", 0, bits), View("dg_literals", bits, 2 * bits)
    lines = View("input", 0, bits)
    return populations, [
        _wire("input_to_literals", lines, true, OneToOne(), EXC, 1, 1),
        _wire("input_to_inverses", lines, inverse, OneToOne(), INH, 1, 1),
        # 2 ms, so that the first inverse is of the input at 1 ms, as on the board
        _wire("pace_to_inverses", "dg_pace", inverse, AllToAll(), EXC, 1, 2),
        _wire("literals_to_dg", "dg_literals", "dg", FromArrays(pre, post), EXC, 1 / bits, 2)]


def _neuron_decoder(cues: int, bits: int) -> tuple[list[Population], list[Projection]]:
    """One neuron an address: its set bits excite it together, each other bit silences it."""
    needed = 3.0  # nA: v_thresh - v_reset + 0.5 in mV, by the published rule
    of_bit = bit_matrix(range(1, cues + 1), bits)
    share = needed / of_bit.sum(axis=0)
    (on, on_at), (off, off_at) = np.nonzero(of_bit), np.nonzero(~of_bit)
    lines = View("input", 0, bits)
    return [_neurons("dg", cues, DECODER)], [
        _wire("input_to_dg", lines, "dg", FromArrays(on, on_at), EXC, share[on_at], 1),
        _wire("input_to_dg_inh", lines, "dg", FromArrays(off, off_at), INH, needed, 1),
        _wire("dg_to_dg_inh", "dg", "dg", AllToAll(self_connections=False), INH, 2.5, 1)]
