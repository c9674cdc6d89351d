"""Spiking memories of the core, by name: networks that run on the backend that a task names.

Cues that may be wrong in a share `noise` are allowed for; what a backend refuses, CannotDo says.
"""

from __future__ import annotations

import math
from typing import Any

from ...models.memory import CannotDo, Need
from .entry import Entry

MOST_CUES = 512
"""Of the hippocampal memory: its cues inhibit each other, cues^2 synapses twice."""


def _sparse(need: Need, name: str) -> dict[str, Any]:
    """Arguments of a memory of ksparse patterns; CannotDo in other domains."""
    if need.domain != "ksparse" or need.active is None:
        raise CannotDo(f"{name} stores sparse flags (ksparse), not {need.domain!r}")
    return {"key_dim": need.key_dim, "value_dim": need.value_dim, "active": need.active,
            "value_active": need.value_active, "auto": need.auto, "backend": need.backend}


def _willshaw(need: Need) -> Any:
    from .spiking.runs import check_backend
    from .spiking.willshaw import SpikingWillshawMemory, learning
    shape = _sparse(need, "spiking-willshaw")
    check_backend(learning(4, 4, [((0,), (1,))]), need.backend)
    wrong = min(math.ceil(need.noise * shape["active"] - 1e-9), shape["active"] - 1)
    return SpikingWillshawMemory(**shape, wrong=wrong)


def _cam(need: Need, cues: int | None = None) -> Any:
    """Without a knob, a cue for every item."""
    from ...models.hippocampus import cam_network
    from .spiking.cam import HippocampalCAMMemory
    from .spiking.runs import check_backend
    shape = _sparse(need, "hippocampal-cam")
    cues = max(need.items, 1) if cues is None else cues
    if cues > MOST_CUES:
        raise CannotDo(f"hippocampal-cam with {cues} cues: its cues inhibit each other, "
                       f"{2 * cues**2:,} synapses; {MOST_CUES} cues at most")
    check_backend(cam_network(2, 2, {0: 0}, {}), need.backend)
    return HippocampalCAMMemory(cues=cues, **shape)


SPARSE: Any = {"spiking": True, "domains": ("ksparse",)}

ENTRIES: tuple[Entry, ...] = (
    Entry("spiking-willshaw", "Willshaw's matrix as spiking neurons that learn in one shot",
          "Willshaw, Buneman and Longuet-Higgins 1969", _willshaw, family="willshaw", **SPARSE),
    Entry("hippocampal-cam", "content-addressable memory of the hippocampus, pair STDP",
          "Casanueva-Morato et al. 2024", _cam, family="cues", knob="cues", **SPARSE),
)
