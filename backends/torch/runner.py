"""The torch backend: a run on tensors, with all copies of a batch in one axis, on any device.

In float64 on a CPU the numbers are those of the reference, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.plan import Plan
from ...simulator.recorded import Recorded, columns
from ...simulator.snapshot import Snapshot
from ...simulator.stepper import advance
from ..packages import load

PRECISIONS = ("float64", "float32")


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network: there are none."""
    return []


class TorchRunner:
    """A network on tensors, at step `k`. `device` as torch names it, e.g. 'cuda'."""

    def __init__(self, plan: Plan, threads: int = 1, dtype: Any = np.float64,
                 device: Any = "cpu") -> None:
        kind = getattr(load("torch"), np.dtype(dtype).name)
        from .device import place
        from .engine import Engine
        self.plan = plan
        self.engine = Engine(plan, kind, place(device, kind))
        self.engine.listen = self._listen
        self._forget()

    @property
    def k(self) -> int:
        """The next step."""
        return self.engine.k

    def _forget(self) -> None:
        self._spikes: dict[int, list[tuple[int, Any]]] = {n: [] for n in self.plan.record_spikes}
        self._rows: list[list[list[Any]]] = [[[] for _ in r.names]
                                             for r in self.plan.record_states]

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        from .device import naming_lacks
        e = self.engine
        with load("torch").no_grad(), naming_lacks(e.device, e.dtype):
            e.begin(steps)
            for _ in range(steps):
                advance(e, e.k)
                e.k += 1

    def _listen(self, k: int) -> None:
        e = self.engine
        for n, out in self._spikes.items():
            found = e.fired[n][-1].nonzero()
            if len(found):
                out.append((k, found))
        for m, r in enumerate(self.plan.record_states):
            if k % r.every == 0:
                n = r.population
                values = e.code[f"record_{n}_{m}"](e.state[n], e.constants[n], e.awake[n], e.t,
                                                   e.draws.neurons(n))
                shape = (e.B, self.plan.populations[n].size)
                for x, column in zip(values, self._rows[m], strict=True):
                    x = load("torch").as_tensor(x, dtype=e.dtype, device=e.device).expand(shape)
                    column.append(x.cpu().numpy()[:, r.neurons].astype(np.float64))

    def drain(self) -> Recorded:
        """What was recorded since the last call, which the runner then forgets."""
        spikes = {}
        for n, out in self._spikes.items():
            found = [x.cpu().numpy() for _, x in out]
            step = np.repeat([k for k, _ in out], [len(x) for x in found]).astype(np.int64)
            both = np.concatenate(found) if found else np.zeros((0, 2), np.int64)
            spikes[n] = columns([(step[both[:, 0] == b], both[both[:, 0] == b, 1])
                                 for b in range(self.engine.B)])
        rows = [[np.stack(c, 1) if c else np.zeros((self.engine.B, 0, len(r.neurons)))
                 for c in columns_of] for r, columns_of in zip(self.plan.record_states, self._rows,
                                                               strict=True)]
        self._forget()
        return Recorded(spikes, rows)

    # -- stopping and going on --------------------------------------------------------------------
    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy."""
        from .snapshot import take
        return take(self.engine)

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there; what was recorded and not drained is dropped."""
        from .snapshot import put
        if len(snapshots) != self.engine.B:
            raise DescriptionError(f"{len(snapshots)} snapshots for {self.engine.B} copies; give "
                                   "one for each copy")
        put(self.engine, snapshots)
        self._forget()

    # -- reading and changing ---------------------------------------------------------------------
    def _out(self, x: Any) -> Any:
        array = x.cpu().numpy()
        array = array.astype(np.float64 if array.dtype.kind == "f" else np.int64)
        return array if self.plan.copies else array[0]

    def _in(self, old: Any, values: Any) -> Any:
        values = np.asarray(values)
        wide = np.broadcast_to(values, tuple(old.shape)).copy()
        return load("torch").as_tensor(wide, dtype=old.dtype, device=old.device)

    def read(self, n: int, name: str) -> Any:
        """A copy of a state variable of population n, (size,) or (B, size)."""
        return self._out(self.engine.state[n][name])

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        state = self.engine.state[n]
        state[name] = self._in(state[name], values)

    def read_synapses(self, n: int, name: str) -> Any:
        """A copy of a state variable of projection n, along its side."""
        return self._out(self.engine.projections[n].state[name])

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        state = self.engine.projections[n].state
        state[name] = self._in(state[name], values)

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event; None where all is up to date."""
        last = self.engine.projections[n].last
        return None if last is None else self._out(last)

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
        live = self.engine.projections[n]
        live.last = self._in(live.last, values)


