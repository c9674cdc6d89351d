"""Names of PyNN that this simulator lacks, and why."""

from __future__ import annotations

from typing import Any

MISSING = {
    "ElectricalSynapse": "gap junctions are in engram's own networks, not yet through PyNN",
    "StochasticTsodyksMarkramSynapse": "use TsodyksMarkramSynapse",
    "MultiQuantalSynapse": "use TsodyksMarkramSynapse",
    "GIF_cond_exp": "use EIF_cond_exp_isfa_ista",
    "IF_facets_hardware1": "use IF_cond_exp with cm=0.2, tau_refrac=1.0, e_rev_E=0.0",
    "SpikeSourceInhGamma": "use SpikeSourceGamma, or SpikeSourceArray with times of your own",
    "PointNeuron": "use a standard cell with two receptors",
    "MultiCompartmentNeuron": "neurons here are points",
    "native_cell_type": "native models of other simulators do not run here",
    "NativeCellType": "native models of other simulators do not run here",
}
"""Name -> what to do instead."""


def __getattr__(name: str) -> Any:
    if name in MISSING:
        raise AttributeError(f"engram.backends.pynn has no {name}: {MISSING[name]}")
    raise AttributeError(f"engram.backends.pynn has no {name!r}")
