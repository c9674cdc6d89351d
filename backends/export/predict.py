"""What a network needs on a SpiNNaker board: cores, chips, memory, and a range of energy.

Constants are the vendor's, for boards of version 5 (SpiNNaker 1). For SpiNNaker 2 the vendor's
tools say that idle and active energy are unknown, and so do we.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .context import Context
from .cores import delay_slots, per_core
from .view import Cells

CORES_PER_CHIP = 16
"""Of 18: one runs the chip's monitor, one the tools' own."""

CHIPS_PER_BOARD = 48
SDRAM = 123_469_792  # bytes a chip, SpiNNMachine
CHIP_W, CORE_W, PACKET_J = 0.35, 0.034, 1e-9
SOURCE = "SpiNNMachine, version_spin1.py: 0.35 W a chip, 0.034 W an active core, 1 nJ a packet"
RATE = 30.0  # spikes a second of each neuron, the tools' own assumption
ROW, STATIC_SYNAPSE, PLASTIC_SYNAPSE, TRACE = 12, 4, 4, 12  # bytes


@dataclass(frozen=True)
class Need:
    """Cores and chips in use, bytes, and joules from `energy_low` to `energy_high`.

    Low: the chips in use alone, no spikes. High: a whole board, every neuron at 30 Hz. Neither has
    the board's power supply, its links and its frame.
    """

    cores: int
    chips: int
    boards: int
    sdram: int
    sdram_per_chip: int
    sdram_limit: int
    seconds: float
    energy_low: float
    energy_high: float
    per_core: dict[str, int]
    source: str = SOURCE
    spinnaker2: str = "unknown"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def predict(c: Context) -> Need:
    """The needs of the network as it is exported, at the tools' defaults."""
    cores = {p.name: _cores(c, p) for p in c.view.cells if p.size}
    total = sum(cores.values())
    chips = max(1, math.ceil((total + 1) / CORES_PER_CHIP))  # one core more gathers what is read
    boards = math.ceil(chips / CHIPS_PER_BOARD)
    sdram = _synapses(c) + _recordings(c)
    wall = c.view.steps * max(c.view.dt_ms, 1.0) * 1e-3  # below 1 ms the tools slow time down
    spikes = RATE * c.view.steps * c.view.plan.dt * sum(p.size for p in c.view.cells)
    low = wall * (CHIP_W * chips + CORE_W * total)
    high = wall * (CHIP_W * CHIPS_PER_BOARD * boards + CORE_W * total) + PACKET_J * spikes
    return Need(total, chips, boards, sdram, math.ceil(sdram / chips), SDRAM, wall, low, high,
                cores)


def _cores(c: Context, p: Cells) -> int:
    own = math.ceil(p.size / per_core(c, p))
    late = any(s.source == p.name and np.max(s.delay, initial=0) > delay_slots(c, s.target)
               for s in c.view.synapses if len(s.pre))
    return own * 2 if late else own


def _synapses(c: Context) -> int:
    """Rows as they lie in memory, without the padding to a row's allowed lengths."""
    total = 0
    for s in c.view.synapses:
        rows = c.view.cell(s.source).size
        each = PLASTIC_SYNAPSE if s.plastic else STATIC_SYNAPSE
        total += rows * (ROW + (TRACE if s.plastic else 0)) + each * len(s.pre)
    return total


def _recordings(c: Context) -> int:
    """Spikes are a bit a neuron and step, states four bytes."""
    spikes = sum(4 * (1 + math.ceil(c.view.cells[n].size / 32)) for n in c.view.plan.record_spikes)
    states = sum(4 * (1 + c.view.cell(name).size) for name, _, _ in c.view.states)
    return (spikes + states) * c.view.steps
