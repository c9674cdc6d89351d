"""Neurons of the spiking perceptrons: one text, cells of the torch backend."""

from __future__ import annotations

import math
from typing import Any

from ...backends.torch.cell import cell
from ...simulator.models import NeuronModel
from ...simulator.units import UNITS

LEAKY = NeuronModel(
    "leaky", "dv/dt = (drive - v)/tau : 1\ndrive : 1\ntau : second\ntheta : 1\njump : 1",
    threshold="v >= theta", reset="v = v - jump",
    defaults={"v": 0, "drive": 0, "tau": 20 * UNITS["ms"], "theta": 1, "jump": 1})
"""Fires at `theta` and then falls by `jump`."""

STEP = UNITS["ms"]


def leaky(keep: float, theta: float, jump: float) -> Any:
    """Cells that keep this share of v in a step: v <- keep v + (1 - keep) drive."""
    return cell(LEAKY, "drive", dt=STEP, dtype="float32", parameters={
        "tau": -STEP / math.log(keep), "theta": theta, "jump": jump})
