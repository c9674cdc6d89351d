"""Where scripts of PyNN go, and what each simulator makes of time.

Our spike of step k happens at the end of the step. NEST and NEURON label that end, (k + 1)*dt, and
a spike of theirs acts from its arrival on, so a chain of neurons would lose one step at each link.
Hence the delays behind neurons are written one step shorter there, and every spike of a neuron is
labelled one step later: `label_steps`. Given spike times, and cells that a spike makes jump, need
no shift. (Measured with the versions below.) SpiNNaker counts as we do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..hardware.cells import Cell


@dataclass(frozen=True)
class Dialect:
    """One simulator behind PyNN.

    `module` is what the script imports; `setup` its own arguments; `end_label`: it labels the end
    of a step; `first` is the first step at which a source may fire; `states` are what it can
    record. `early` ms are taken off given spike times, which NEST rounds up. `after_setup` are
    lines of the script; `kick`: an exponential synapse is held constant during a step, so weights
    are scaled to keep its charge. `absolute`: an additive rule changes a weight by A_plus itself,
    not by A_plus * w_max as PyNN has it (sPyNNaker 7.4, weight_dependence_additive.py; the recorded
    memory learns 6 nA with A_plus = 6).
    """

    target: str
    module: str
    requirements: tuple[str, ...]
    setup: Mapping[str, Any] = field(default_factory=dict)
    end_label: bool = False
    first: int = 0
    early: float = 0.0
    after_setup: str = ""
    kick: bool = False
    absolute: bool = False
    states: tuple[str, ...] = ("v",)

    def label_steps(self, cell: Cell | None) -> int:
        """Steps by which its label of a spike is later than ours; None is a source."""
        jumps = cell is not None and all(r.variable == "v" for r in cell.receptors.values())
        return int(self.end_label and cell is not None and not jumps)

    def kick_of(self, cell: Cell | None, variable: str, values: Mapping[str, Any], dt: float,
                ) -> Any:
        """The factor of weights to a variable: what a step-wise constant synapse lacks or has over.

        w exp(-t/tau), held constant for steps of dt, carries w dt/(1 - exp(-dt/tau)), not w tau.
        """
        if not self.kick or cell is None or variable not in DECAYS:
            return 1.0
        tau = np.asarray(values[DECAYS[variable]])
        return tau / dt * -np.expm1(-dt / tau)


DECAYS = {"i_exc": "tau_exc", "g_exc": "tau_exc", "i_inh": "tau_inh", "g_inh": "tau_inh"}
"""Variables that a spike makes jump and that decay, with their time constants."""


DIALECTS = {d.target: d for d in (
    Dialect("spinnaker", "pyNN.spiNNaker", ("sPyNNaker==1!7.4.1", "numpy>=2,<2.4"),
            states=("v", "gsyn_exc", "gsyn_inh"), absolute=True),
    Dialect("nest", "pyNN.nest", ("PyNN==0.13.0", "nest-simulator==3.10.0", "numpy>=2,<2.4"),
            {"spike_precision": "on_grid"}, end_label=True, first=2,
            early=1e-6, states=("v", "gsyn_exc", "gsyn_inh", "w")),
    Dialect("neuron", "pyNN.neuron", ("PyNN==0.13.0", "neuron==9.0.2", "numpy>=2,<2.4"),
            end_label=True, states=("v", "gsyn_exc", "gsyn_inh", "w", "u"), kick=True,
            after_setup="from neuron import h\n\n"
                        "h.secondorder = 2  # Crank-Nicolson; NEURON's default errs by a part of dt"
            ),
)}
"""The simulators that a script is written for, with the versions it was tried with."""
