"""Stopping a run on one backend and going on with it, there or on another."""

from __future__ import annotations

from typing import Any

from ..simulator.archive_checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ..simulator.atomic import PathLike
from ..simulator.equations import SECOND
from ..simulator.errors import ArchiveError
from ..simulator.frozen import digest
from ..simulator.network import Network
from ..simulator.plan import Plan
from ..simulator.snapshot import Snapshot
from ..simulator.units import Quantity


def checkpoint(simulation: Any, path: PathLike) -> None:
    """Write what a simulation needs to go on from here. ArchiveError if it cannot be written."""
    save_checkpoint(Checkpoint(
        simulation.network, simulation.trials, simulation.plan.dt, simulation.plan.seed,
        simulation.precision, simulation.backend, digest(simulation.plan),
        simulation.runner.snapshot(), simulation.recorded, simulation.history), path)


def resume(path: PathLike, backend: str | None = None, network: Network | None = None,
           threads: int | None = None, exact: bool = True, **options: Any) -> Any:
    """The `Simulation` that `Simulation.checkpoint(path)` wrote, on any backend (None: the same).

    Running on gives what the unbroken run would have given, bit for bit; `run` returns everything
    since the start. `network` is a check only: ArchiveError if the file is of another one.
    ArchiveError too if this version of engram computes the network otherwise than the one that
    wrote the file; `exact=False` goes on all the same, as long as the arrays fit.
    """
    from .simulation import Simulation
    saved = load_checkpoint(path)
    if network is not None and network.digest != saved.network.digest:
        raise ArchiveError(f"{path} is a checkpoint of network {saved.network.name!r} "
                           f"({saved.network.digest[:12]}), not of {network.name!r} "
                           f"({network.digest[:12]}); give the network that was checkpointed, or "
                           "leave network out: the file holds it")
    made = Simulation(saved.network, backend or saved.backend, Quantity(saved.dt, SECOND),
                      saved.seed, threads, saved.precision, saved.trials or None, **options)
    if exact and digest(made.plan) != saved.plan_digest:
        raise ArchiveError(f"{path}: this engram computes network {saved.network.name!r} with "
                           "other numbers than the one that wrote the file; use that version "
                           "(h5dump shows engram_version), or exact=False to go on all the same")
    for s in saved.snapshots:
        _check(made.plan, s, path)
    made.go_on(saved)
    return made


def _check(plan: Plan, s: Snapshot, path: PathLike) -> None:
    """ArchiveError unless a snapshot has the variables and sizes of `plan`."""
    for p, saved in zip(plan.populations, s.populations, strict=True):
        fits = {v: x.shape for v, x in saved.state.items()} == {
            v: x.shape for v, x in p.state.items()} and saved.until.shape == (p.size,)
        if not fits or (saved.indices.size and saved.indices.max() >= p.size):
            raise ArchiveError(f"{path}: its population {p.name!r} is not the network's")
    for q, synapses in zip(plan.projections, s.projections, strict=True):
        if {v: x.shape for v, x in synapses.state.items()} != {
                v: x.shape for v, x in q.state.items()} or set(synapses.way) != {
                m for m, send in enumerate(q.sends) if send.buffered}:
            raise ArchiveError(f"{path}: its projection {q.name!r} is not the network's")
