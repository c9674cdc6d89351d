"""All scenarios: importing the modules fills the table."""

from __future__ import annotations

from conformance import (
    scenarios_networks,
    scenarios_neurons,
    scenarios_plasticity,
    scenarios_timing,
)
from conformance.scenario import SCENARIOS, Scenario, neuron_spikes

__all__ = ["SCENARIOS", "Scenario", "neuron_spikes", "scenarios_networks", "scenarios_neurons",
           "scenarios_plasticity", "scenarios_timing"]
