"""What a backend's runner offers to `Simulation`. In a batch of B copies shapes begin with B."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..simulator.recorded import Recorded
from ..simulator.snapshot import Snapshot


class Runner(Protocol):
    """A network on one backend, at step `k`.

    A runner with `watches = True` calls its `watch(k)` now and then in `advance`, and ends that
    early, at a step's end, where it is true.
    """

    plan: Any
    k: int

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""

    def drain(self) -> Recorded:
        """What was recorded since the last call, which the runner then forgets."""

    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy."""

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there; what was recorded and not drained is dropped."""

    def read(self, n: int, name: str) -> Any:
        """A copy of a state variable of population n, (size,) or (B, size)."""

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n; `values` broadcast to the shape of `read`."""

    def read_synapses(self, n: int, name: str) -> Any:
        """A copy of a state variable of projection n, along its side."""

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n; `values` broadcast to the shape of the above."""

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event, (nnz,) or (B, nnz); None where all is up to date."""

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
