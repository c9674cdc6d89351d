"""Spiking memories of the core, by name: networks that run on the backend that a task names.

Cues that may be wrong in a share `noise` are allowed for; what a backend refuses, CannotDo says.
"""

from __future__ import annotations

import math
from typing import Any

from ...models.memory import CannotDo, Need
from .entry import Entry

MOST_ADDRESSES = 1024
"""Of the sparse hippocampus."""

MOST_WORK = 1.3e9
"""Operations of one call, about ten seconds: more and a task does not end in its time."""

MOST_PICTURES, MOST_PIXELS = 16, 79 * 79
"""Of the working memory: a picture takes 300 ms, and what it leaves fades within seconds."""

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


def _sparse_hippocampus(need: Need, cues: int | None = None) -> Any:
    """Keys of one active unit are its cues. Others choose a cue as the winner of a random
    projection: without a knob, one of eight times as many as there are items (1024 at most)."""
    from ...models.hippocampus.sparse_circuit import sparse_network
    from .codec import Codec
    from .codecs import Identity, TwoRails
    from .coded import Coded
    from .projections import dentate_gyrus
    from .spiking.runs import check_backend
    from .spiking.sparse import VARIANT, SparseHippocampusMemory
    if need.domain not in ("ksparse", "bipolar"):
        raise CannotDo(f"sparse-hippocampus stores flags or signs, not {need.domain!r}")
    check_backend(sparse_network(2, 2, VARIANT, {}, {}), need.backend)
    ones = need.value_active or need.active or 1
    if need.domain == "ksparse" and need.active == 1 and cues is None:
        return SparseHippocampusMemory(need.key_dim, need.value_dim, ones, need.backend)
    wanted = min(8 * max(need.items, 1), MOST_ADDRESSES) if cues is None else cues
    if not 2 <= wanted <= MOST_ADDRESSES:
        raise CannotDo(f"sparse-hippocampus with {wanted} cues; 2 to {MOST_ADDRESSES}")
    values: Codec = (Identity(need.value_dim, "ksparse", ones) if need.domain == "ksparse"
                     else TwoRails(need.value_dim))
    memory = SparseHippocampusMemory(wanted, values.width, values.active or 1, need.backend)
    return Coded(memory, dentate_gyrus(need.key_dim, wanted, 1, need.seed), values, need.domain,
                 need.active, need.value_active)


def _signs(need: Need, name: str) -> int:
    """The size of bipolar patterns; CannotDo where pairs or other domains are asked for."""
    if need.domain != "bipolar":
        raise CannotDo(f"{name} stores patterns of -1 and 1, not {need.domain!r}")
    if not need.auto:
        raise CannotDo(f"{name} is auto-associative: it completes patterns and stores no pairs")
    return need.key_dim


def _spiking_hopfield(need: Need) -> Any:
    import numpy as np

    from ...models.hebbian.spiking_hopfield import SpikingHopfield
    from .spiking.hopfield import SpikingHopfieldMemory
    from .spiking.runs import check_backend
    size = _signs(need, "spiking-hopfield")
    check_backend(SpikingHopfield(np.ones((2, 2))).network(), need.backend)
    return SpikingHopfieldMemory(size, need.backend)


def _bcpnn(need: Need) -> Any:
    """Each lesson takes a quarter of an even share, so that the first of all items is kept."""
    from ...models.hebbian.spiking_bcpnn import INTERVAL, SpikingBCPNN
    from .spiking.bcpnn import SpikingBCPNNMemory
    from .spiking.runs import check_backend
    size = _signs(need, "bcpnn")
    work = INTERVAL * (2.0 * size) ** 2 * need.items
    if work > MOST_WORK:
        raise CannotDo(f"bcpnn: {need.items} lessons of {size} hypercolumns renew every synapse in "
                       f"every step, {work:.2g} times in all; {MOST_WORK:.2g} at most")
    check_backend(SpikingBCPNN(2, 2).network(), need.backend)
    return SpikingBCPNNMemory(size, 0.25 / max(need.items, 1), need.backend)


def _neuron_astrocyte(need: Need) -> Any:
    from .spiking.astrocyte import STEPS, AstrocyteMemory
    size = _signs(need, "neuron-astrocyte")
    work = 4.0 * STEPS * size**2 * need.items
    if work > MOST_WORK:
        raise CannotDo(f"neuron-astrocyte: a recall from {need.items} patterns of {size} takes "
                       f"{work:.2g} operations; {MOST_WORK:.2g} at most")
    return AstrocyteMemory(size)


def _working_memory(need: Need) -> Any:
    from .spiking.runs import ALONE, check_backend
    from .spiking.working_memory import AstrocyteWorkingMemory
    if need.domain != "binary" or not need.auto:
        raise CannotDo("astrocyte-working-memory completes pictures of 0 and 1 (binary); it has no "
                       f"{'pairs' if need.domain == 'binary' else repr(need.domain)}")
    if need.items > MOST_PICTURES or need.key_dim > MOST_PIXELS:
        raise CannotDo(f"astrocyte-working-memory with {need.items} pictures of {need.key_dim}: "
                       f"calcium lasts for seconds, {MOST_PICTURES} pictures at most, on the "
                       f"published grid of {MOST_PIXELS}")
    if need.backend in ALONE:
        raise CannotDo(f"astrocyte-working-memory on {need.backend!r}, where the state of a "
                       "network cannot be read and taken up again by copies")
    if need.backend != "numba":
        check_backend(AstrocyteWorkingMemory(16, 1).network, need.backend)
    return AstrocyteWorkingMemory(need.key_dim, need.items, need.seed, need.backend)


def _sparsey(need: Need, cells: int | None = None) -> Any:
    """Eight modules: of 2 to 32 they recalled most at equal bits (256 units, 8 ones). Without a
    knob, of as many cells as leave five in six synapses off when all items are written."""
    from .spiking.sparsey import SparseyMemory
    shape = _sparse(need, "sparsey")
    del shape["backend"]  # no spikes
    modules, ones = 8, shape["value_active"] or shape["active"]
    dense = max(shape["active"] / need.key_dim, ones / need.value_dim)
    wanted = math.ceil(max(need.items, 1) * dense / math.log(6.0 / 5.0))
    cells = max(wanted, 8) if cells is None else cells
    work = 1.0 * modules * cells * need.items * (need.key_dim / 64.0 + 1.0)
    if work > MOST_WORK:
        raise CannotDo(f"sparsey: {need.items} items to {modules} modules of {cells} cells take "
                       f"{work:.2g} operations; {MOST_WORK:.2g} at most")
    return SparseyMemory(**shape, modules=modules, cells=cells)


SPARSE: Any = {"spiking": True, "domains": ("ksparse",)}
SIGNS: Any = {"domains": ("bipolar",), "hetero": False}

ENTRIES: tuple[Entry, ...] = (
    Entry("spiking-willshaw", "Willshaw's matrix as spiking neurons that learn in one shot",
          "Willshaw, Buneman and Longuet-Higgins 1969", _willshaw, family="willshaw", **SPARSE),
    Entry("spiking-hopfield", "Hopfield network as spiking threshold units", "Hopfield 1982",
          _spiking_hopfield, spiking=True, family="hopfield", **SIGNS),
    Entry("hippocampal-cam", "content-addressable memory of the hippocampus, pair STDP",
          "Casanueva-Morato et al. 2024", _cam, family="cues", knob="cues", **SPARSE),
    Entry("sparse-hippocampus", "hippocampus with a binary cue: the winner of a projection",
          "Casanueva-Morato et al. 2022", _sparse_hippocampus, spiking=True, family="cues",
          knob="cues", domains=("ksparse", "bipolar")),
    Entry("sparsey", "codes of competing cells, one-shot and superposed; binary units, no spikes",
          "Rinkus 2010", _sparsey, family="sparsey", knob="cells", domains=("ksparse",)),
    Entry("bcpnn", "attractor memory of spiking neurons, BCPNN rule", "Tully et al. 2014", _bcpnn,
          spiking=True, family="bcpnn", **SIGNS),
    Entry("neuron-astrocyte", "neurons and astrocytes, rates",
          "Kozachkov, Slotine and Krotov 2025", _neuron_astrocyte, family="neuron-astrocyte",
          **SIGNS),
    Entry("astrocyte-working-memory", "pictures kept by the calcium of astrocytes for seconds",
          "Gordleeva et al. 2021", _working_memory, spiking=True, domains=("binary",),
          hetero=False, family="working-memory"),
)
