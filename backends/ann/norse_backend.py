"""The norse backend: Norse's own steps in float64, deliveries and learning as in the reference.

A population is a neuron of Norse between two deliveries: its state goes into Norse's functional
step, which integrates, fires and resets. All else is the reference backend, to which these
populations look like neurons that fire where `_z` is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.network import Network
from ...simulator.plan import NEURONS, Plan
from ...simulator.recorded import Recorded
from ...simulator.snapshot import Snapshot
from ...simulator.stepper import advance
from ..packages import load
from ..reference.runner import ReferenceRunner
from ..reference.steps import Reference
from .export import NotExpressible
from .norse_forms import Form, form_of, parameters

FIRES = "_z"
"""The variable that holds Norse's spikes for the reference backend."""

Step = Callable[[Reference, int, int], None]


def unsupported(network: Network, plan: Plan) -> list[str]:
    """Why Norse has no neuron for a population, each by name."""
    reasons = []
    for n, p in enumerate(plan.populations):
        try:
            if p.kind == NEURONS:
                form_of(network, plan, n)
        except NotExpressible as problem:
            reasons.append(f"population {p.name!r}: {problem}; or use backend='numba'")
        if p.kind == NEURONS and p.clock != 1:
            reasons.append(f"population {p.name!r} is integrated every {p.clock} steps, and a cell "
                           "of Norse takes every step; use clock=1")
        reasons += _writes(network, plan, n) if p.kind == NEURONS else []
    return reasons


def _writes(network: Network, plan: Plan, n: int) -> list[str]:
    """Parameters that change in time, which Norse's do not."""
    p = plan.populations[n]
    try:
        m = form_of(network, plan, n).membrane
    except NotExpressible:
        return []
    free = {"drive", "back", "v", "i_syn", "a"} if m is None else {m.v, *m.scale}
    return [f"the StepCurrent on {p.name}.{w.variable} changes a parameter in time; Norse's are "
            "constants" for w in plan.writes if w.population == n and w.variable not in free]


class _Verbs:
    """The reference's verbs with `integrate` done by Norse."""

    def __init__(self, one: Reference, steps: dict[int, Step]) -> None:
        self.one, self.steps = one, steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self.one, name)

    def integrate(self, k: int) -> None:
        """Integrate and reset by Norse; its spikes wait in `_z`."""
        for n, step in self.steps.items():
            step(self.one, n, k)


class NorseRunner:
    """Copies of a network with Norse's neurons; see `backends.runner`."""

    reads_network = True

    def __init__(self, plan: Plan, network: Network) -> None:
        self.plan = plan
        forms = {n: form_of(network, plan, n) for n, p in enumerate(plan.populations)
                 if p.kind == NEURONS}
        self.zero = {n: f.membrane.zero for n, f in forms.items() if f.membrane is not None}
        self.steps = {n: _step(f) for n, f in forms.items()}
        populations = tuple(
            replace(p, state={**p.state, FIRES: np.zeros(p.size)}, integrate=(), reset=(),
                    threshold=f"{FIRES} > 0.5") if n in self.steps else p
            for n, p in enumerate(plan.populations))
        self.inner = ReferenceRunner(replace(plan, populations=populations))

    @property
    def k(self) -> int:
        """The next step."""
        return self.inner.k

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        for one in self.inner.copies:
            verbs = _Verbs(one, self.steps)
            for _ in range(steps):
                advance(verbs, one.k)
                one.k += 1

    def drain(self) -> Recorded:
        """What was recorded since the last call."""
        return self.inner.drain()

    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy, as every backend has it."""
        found = self.inner.snapshot()
        for s in found:
            for n in self.steps:
                del s.populations[n].state[FIRES]
        return found

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there."""
        for s in snapshots:
            for n in self.zero:
                for name, value in s.populations[n].state.items():
                    self._check(n, name, value)
        self.inner.restore(snapshots)

    def _check(self, n: int, name: str, values: Any) -> None:
        """Raise where a variable that Norse's neuron lacks would get a value."""
        if name in self.zero.get(n, ()) and np.any(np.asarray(values) != 0):
            p = self.plan.populations[n]
            raise DescriptionError(f"{p.name}.{name} was zero and reached by nothing, so Norse's "
                                   "neuron was made without it; set it in the description instead, "
                                   "or use backend='numba'")

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self.inner.read(n, name)

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        self._check(n, name, values)
        self.inner.write(n, name, values)

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n."""
        return self.inner.read_synapses(n, name)

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        self.inner.write_synapses(n, name, values)

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event; None where all is up to date."""
        return self.inner.read_last(n)

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
        self.inner.write_last(n, values)


def _step(form: Form) -> Step:
    """One step of a population: our arrays into Norse's step, and back."""
    torch = load("torch")
    call = _functional(form, parameters(form, torch.float64))
    bias, m = form.bias, form.membrane

    def known(one: Reference, n: int, k: int) -> None:
        state = one.state[n]
        if k < form.start:
            state[FIRES][:] = 0.0
            return
        drive = state["drive"] + bias
        if form.kind == "LIFBox":
            z, state["v"][:] = call(one.plan.dt, drive, state["v"])
        else:  # in the order of the recurrent cell: what comes in, then what comes back
            z, *after = call(one.plan.dt, state.get("back", 0.0) * np.ones_like(drive), state["v"],
                             state["i_syn"] + drive, *_more(form, one, n, k))
            for name, value in zip(("v", "i_syn", "a"), after, strict=False):
                if name in state:
                    state[name][:] = value
        state[FIRES][:] = z
        for name in ("drive", "back"):
            if name in state:
                state[name][:] = 0.0

    def from_membrane(one: Reference, n: int, k: int) -> None:
        assert m is not None
        state = one.state[n]
        v, none = state[m.v], np.zeros_like(state[m.v])
        if form.kind == "LIFBox":
            z, state[m.v][:] = call(one.plan.dt, none, v)
        else:
            s = none if m.alpha is None else sum(
                (state[y] * form.scale[y] for y in m.scale), none)
            z, state[m.v][:], *_ = call(one.plan.dt, none, v, s, *_more(form, one, n, k))
        state[FIRES][:] = z
        for y in m.scale:  # Norse has their sum; each decays as that does
            state[y] *= m.alpha
    return known if m is None else from_membrane


def _more(form: Form, one: Reference, n: int, k: int) -> tuple[Any, ...]:
    """What some neurons have besides v and i: the adaptation, or the steps left to rest."""
    if form.kind == "LIFAdEx":
        return (one.state[n]["a"],)
    if form.kind == "LIFRefrac":
        return (np.maximum(one.until[n] - k + 1, 0).astype(np.float64),)
    return ()


def _functional(form: Form, p: Any) -> Callable[..., list[Any]]:
    """Norse's step of a kind over NumPy arrays: (dt, input, *state) -> [z, *state]."""
    torch = load("torch")
    load("norse.torch")
    from norse.torch.functional import lif, lif_adex, lif_box, lif_refrac
    rho = torch.tensor(np.asarray(form.refractory, dtype=np.float64))
    refrac = lif_refrac.LIFRefracParameters(p, rho)
    kinds: dict[str, Any] = {
        "LIF": lambda x, s, dt: lif.lif_feed_forward_step(
            x, lif.LIFFeedForwardState(*s), p, dt),
        "LIFBox": lambda x, s, dt: lif_box.lif_box_feed_forward_step(
            x, lif_box.LIFBoxFeedForwardState(*s), p, dt),
        "LIFAdEx": lambda x, s, dt: lif_adex.lif_adex_feed_forward_step(
            x, lif_adex.LIFAdExFeedForwardState(*s), p, dt),
        "LIFRefrac": lambda x, s, dt: _refractory(lif_refrac.lif_refrac_feed_forward_step(
            x, lif_refrac.LIFRefracFeedForwardState(lif.LIFFeedForwardState(*s[:2]), s[2]),
            refrac, dt))}
    step = kinds[form.kind]

    def call(dt: float, x: Any, *state: Any) -> list[Any]:
        with torch.no_grad():
            z, after = step(torch.tensor(x), [torch.tensor(y) for y in state], dt)
        return [z.numpy(), *(y.numpy() for y in after)]
    return call


def _refractory(out: Any) -> tuple[Any, Any]:
    z, after = out
    return z, (*after.lif, after.rho)
