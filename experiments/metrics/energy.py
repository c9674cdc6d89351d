"""Joules from counts, as ranges: published energies an operation, by target, with their sources.

We count; energy is an estimate. Each entry of `TARGETS` gives low, nominal and high for each kind
of operation that the target does; a kind that it does not do makes it inapplicable, and so does one
whose energy nobody gives. Nothing here is one number, because definitions differ: an operation
alone, with its memory, or a whole system's power divided by its events.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...models.memory import OpCount

Range = tuple[float, float, float]
"""Low, nominal, high, in pJ."""

CAVEATS = (
    "Energy of operations leaves out most of the memory traffic, which usually dominates.",
    "Published break-even points: spiking wins only below about 0.15 to 1.38 spikes a synapse and "
    "inference (Dampfhoffer 2023), at most 1.72 (Davidson and Furber 2021); against an equally "
    "precise quantised network at T = 5 below a mean rate of 5.7 to 6.4 % (arXiv 2409.08290).",
    "The simulator counts operations; joules are estimates and were not measured.",
)


@dataclass(frozen=True)
class Target:
    """Energies of one operation of each kind, in pJ; None where the target does not do it.

    `ac`: an accumulate (a synaptic event), also of a sign flip. `mac`. `neuron`: an update of a
    neuron. `weight`: a weight changed. `spike`: a spike sent. `byte`: a byte of state moved.
    """

    name: str
    source: str
    caveat: str
    ac: Range
    mac: Range | None = None
    neuron: Range | None = None
    weight: Range | None = None
    spike: Range = (0.0, 0.0, 0.0)
    byte: Range = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Energy:
    """What some operations cost on a target, in pJ; `reason` instead where it cannot be said."""

    target: str
    low: float | None
    nominal: float | None
    high: float | None
    source: str
    caveat: str
    reason: str = ""


def _same(pj: float) -> Range:
    return (pj, pj, pj)


_CACHE = (0.0, 0.0, 5.0 / 4.0)  # 5 pJ for 32 bits of an 8 kB cache, in the high estimate alone
_HOROWITZ = "Horowitz, ISSCC 2014, by way of PMC8934428, table 3"

TARGETS = (
    Target("45 nm, float32", _HOROWITZ,
           "0.9 V; high adds 5 pJ for each 32 bits of an 8 kB cache. An update of a neuron is taken"
           " as one multiply-accumulate, a weight change as one addition: assumptions of ours",
           ac=_same(0.9), mac=_same(4.6), neuron=(0.9, 4.6, 4.6), weight=_same(0.9), byte=_CACHE),
    Target("45 nm, int32", _HOROWITZ,
           "0.9 V; high adds 5 pJ for each 32 bits of an 8 kB cache. An update of a neuron is taken"
           " as one multiply-accumulate, a weight change as one addition: assumptions of ours",
           ac=_same(0.1), mac=_same(3.2), neuron=(0.1, 3.2, 3.2), weight=_same(0.1), byte=_CACHE),
    Target("Loihi", "Davies 2018, table 2 (23.6 pJ a synaptic operation at least, 0.75 V); "
           "PMC10326429, table 3",
           "pre-silicon simulation; no multiply-accumulate; low: idle neurons and no hops, high: "
           "active neurons and one hop of 4 pJ a spike",
           ac=_same(23.6), neuron=(52.0, 81.0, 81.0), weight=_same(120.0), spike=(1.7, 1.7, 5.7)),
    Target("TrueNorth", "Merolla 2014, Akopyan 2015, by way of PMC10326429",
           "low: marginal cost of an event (a fit), nominal and high: 72 mW of the whole chip at "
           "20 Hz and 128 synapses, static power in it; updates of neurons are in that number; it "
           "does not learn", ac=(2.3, 26.0, 26.0), neuron=_same(0.0)),
    Target("SpiNNaker 1", "ModelEnergy table of KerasSpiking citing arXiv 1903.08941 (13.3 nJ an "
           "event, 26 nJ an update); whole system on the Potjans-Diesmann model: Rhodes 2019 "
           "(0.60 uJ an event) and van Albada 2018 (5.9 uJ)",
           "low: operations; nominal and high: power of the whole system divided by its synaptic "
           "events, updates of neurons in it; a weight change is taken as one event",
           ac=(13.3e3, 0.60e6, 5.9e6), neuron=(26e3, 0.0, 0.0), weight=(13.3e3, 0.60e6, 5.9e6)),
    Target("SpiNNaker 2", "PMC10326429 (10 pJ an event) and a prototype in the ModelEnergy table of"
           " KerasSpiking (1.5 nJ an event, 2.19 nJ an update)",
           "the two are 150 times apart: one is an operation, one a system; a weight change is "
           "taken as one event",
           ac=(10.0, 1.5e3, 1.5e3), neuron=(0.0, 2.19e3, 2.19e3), weight=(10.0, 1.5e3, 1.5e3)),
    Target("other digital chips", "PMC10326429, table 3: Tianjic 1.54, SENECA 2.8, ReckOn 5.3, "
           "ODIN 12.7, NeuronFlow 20, uBrain 26 pJ a synaptic operation",
           "low and high are the extremes, nominal the median of six; updates of neurons are in "
           "these numbers or not, by chip", ac=(1.54, 9.0, 26.0), neuron=_same(0.0),
           weight=(1.54, 9.0, 26.0)),
    Target("processors", "ModelEnergy table of KerasSpiking: GPU 0.3, ARM 0.9, CPU 8.6 nJ an "
           "operation", "three machines, not three estimates of one; every operation, update and "
           "weight change is taken as one", ac=(300.0, 900.0, 8600.0), mac=(300.0, 900.0, 8600.0),
           neuron=(300.0, 900.0, 8600.0), weight=(300.0, 900.0, 8600.0)),
    Target("NEST on a CPU", "performance summary of INM-6's Potjans-Diesmann model: 0.33 to 9.9 uJ "
           "a synaptic event", "whole system, updates of neurons in it; nominal is the geometric "
           "mean of the bounds", ac=(0.33e6, 1.8e6, 9.9e6), neuron=_same(0.0),
           weight=(0.33e6, 1.8e6, 9.9e6)),
    Target("NEST on a GPU", "performance summary of INM-6's Potjans-Diesmann model: 0.07 to "
           "0.25 uJ a synaptic event", "whole system, updates of neurons in it; nominal is the "
           "geometric mean of the bounds", ac=(0.07e6, 0.13e6, 0.25e6), neuron=_same(0.0),
           weight=(0.07e6, 0.13e6, 0.25e6)),
)


def energy(ops: OpCount, spiking: bool | None = None) -> list[Energy]:
    """What `ops` cost on every target, zeros skipped.

    A target whose numbers are those of synaptic events (all but the two at 45 nm and the
    processors) says nothing of a memory that does no spikes: `spiking` False; by default a memory
    spikes that has spikes or updates of neurons.
    """
    spikes = bool(ops.spikes or ops.neuron_updates) if spiking is None else spiking
    return [_on(target, ops, spikes) for target in TARGETS]


def _on(target: Target, ops: OpCount, spiking: bool) -> Energy:
    reason = _why_not(target, ops, spiking)
    if reason:
        return Energy(target.name, None, None, None, target.source, target.caveat, reason)
    counts = ((ops.ac + ops.sign_flips, target.ac), (ops.mac, target.mac),
              (ops.neuron_updates, target.neuron), (ops.weight_updates, target.weight),
              (ops.spikes, target.spike), (ops.bytes_rw, target.byte))
    low, nominal, high = (sum(n * each[k] for n, each in counts if each is not None)
                          for k in range(3))
    caveat = target.caveat
    if ops.exp:
        caveat += f"; {ops.exp:,.0f} exponentials and divisions are not in it"
    return Energy(target.name, low, nominal, high, target.source, caveat)


def _why_not(target: Target, ops: OpCount, spiking: bool) -> str:
    if target.mac is None and (ops.mac or not spiking):
        return f"{target.name} is known by its synaptic events; this memory multiplies or does " \
               "not spike"
    if target.neuron is None and ops.neuron_updates:
        return f"no energy of an update of a neuron is known for {target.name}"
    if target.weight is None and ops.weight_updates:
        return f"{target.name} does not learn, or no energy of a weight change is known"
    return ""
