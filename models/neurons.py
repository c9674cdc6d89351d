"""The library of neurons, by name."""

from __future__ import annotations

from .neurons_spinnaker import IF_CURR_EXP_SPINNAKER

NEURONS = {m.name: m for m in (IF_CURR_EXP_SPINNAKER,)}

__all__ = ["IF_CURR_EXP_SPINNAKER", "NEURONS"]
