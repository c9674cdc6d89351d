"""What a script may ask for beyond PyNN, and what then happens: one row and one warning each."""

from __future__ import annotations

import warnings
from typing import Any

from . import simulator


class PyNNWarning(UserWarning):
    """A script got something other than its words say: rounded, ignored, or read otherwise."""


ACCEPTED: dict[str, str] = {
    "positive inhibitory weights": "a positive weight on an inhibitory current synapse inhibits; "
                                   "PyNN wants it negative",
    "state variables in set": "Population.set(v=...) of a state variable is initialize(v=...)",
    "views": "a PopulationView may be selected by a range, a tuple, an iterator or one index",
    "neurons per core": "set_number_of_neurons_per_core has no effect: there are no cores",
    "arithmetic of boards": "they are sPyNNaker's, so IF_curr_exp takes the board's steps, and "
                            "A_plus and A_minus of the additive pair rule are changes of the "
                            "weight itself, not relative to w_max; setup(dialect='pynn') decides "
                            "otherwise",
    "additional parameters": "additional_parameters of a Population have no effect",
    "placement": "options that place a Population or Projection on a machine have no effect",
    "setup option": "the option of setup() is another simulator's and has no effect",
    "delay rounded": "a delay that is not a whole number of steps is rounded to the nearest, and "
                     "is one step at least",
    "refractory period rounded": "a refractory period that is not a whole number of steps is "
                                 "rounded up",
    "spike times rounded": "spike times between two steps go to the nearest step",
    "spikes merged": "spikes of one source neuron in one step are one spike",
    "gsyn of current synapses": "gsyn_exc and gsyn_inh of a cell with current synapses are its "
                                "synaptic currents, in nA",
    "attributes of synapse types": "weight and delay of a synapse type can be read, as they were "
                                   "given",
    "spinnaker_get_data": "spinnaker_get_data is get_data as an array of (neuron, time[, value])",
    "extra_models": "extra_models is sPyNNaker's; those of its models that are here are listed in "
                    "the page on PyNN",
}
"""What is accepted -> what it means. docs/pynn.md shows this table; a test compares the two."""


WORDS = {"positive inhibitory weights", "state variables in set", "neurons per core",
         "additional parameters", "attributes of synapse types", "extra_models"}
"""Rows that only sPyNNaker has: a script that uses one was written for boards."""


def accept(what: str, detail: str = "") -> None:
    """Warn that `what`, a row of ACCEPTED, was met; `detail` names the object and the value."""
    if what in WORDS:
        simulator.state.spoken.add(what)
    text = ACCEPTED[what]
    warnings.warn(f"{detail}: {text}" if detail else text, PyNNWarning, stacklevel=4)


def ignored(what: str, options: dict[str, Any], detail: str) -> None:
    """Warn of options without effect, if there are any."""
    if options:
        listing = ", ".join(f"{name}={value!r}" for name, value in options.items())
        accept(what, f"{detail} {listing}")
