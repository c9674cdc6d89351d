"""Rules of the board's arithmetic: weights of 16 bits, tables, buffers, cores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .context import TOOLS, Context
from .findings import ERROR, INFO, WARN, Finding
from .predict import predict
from .view import Synapses

WORST = 0.05
"""Relative error of a stored weight above which it is worth a warning."""

INCOMING = 256
"""Spikes that a core can hold before it has handled them, `incoming_spike_buffer_size`."""

ENTRIES, ONE = 256, 2048
"""Of a table of exp(-t/tau): its length in steps, and its fixed-point 1."""


def resolution(c: Context, s: Synapses) -> float | None:
    """The smallest weight of a projection on the board, in PyNN's unit."""
    shift, cell = c.shift(s.target, s.receptor), c.view.cell(s.target).cell
    if shift is None or cell is None:
        return None
    scale = 1024.0 if cell.receptors[s.receptor].unit == "uS" else 1.0
    return float(2.0 ** (shift - 15) / scale)


def quantised(c: Context) -> Iterator[Finding]:
    """007: weights survive being stored in 16 bits."""
    if c.stored is None:
        yield c.finding(7, INFO, "the network", "its weights on the board could not be worked out",
                        "", "", "map the script on a virtual board, and see what it stores")
        return
    for s in c.view.synapses:
        one = resolution(c, s)
        if not len(s.pre) or one is None:
            continue
        wanted = np.abs(np.broadcast_to(s.weight, s.pre.shape))
        got = np.abs(np.broadcast_to(c.stored[s.name], s.pre.shape))
        alive = wanted > 0
        gone = int(np.sum(alive & (got == 0)))
        error = np.max(np.abs(got[alive] / wanted[alive] - 1), initial=0.0)
        cause = f"shift {c.shift(s.target, s.receptor)}, caused by {_largest(c, s)}"
        if gone:
            yield c.finding(
                7, ERROR, f"projection {s.name!r}", f"{gone} of {len(s.pre)} weights become 0",
                f"steps of {one:g}; {cause}", TOOLS, "lower the largest weight of that receptor, "
                "or raise weights and capacitance together", lossy=True, fix=True)
        elif error > WORST:
            yield c.finding(7, WARN, f"projection {s.name!r}",
                            f"weights are stored with errors up to {error:.1%}",
                            f"steps of {one:g}; {cause}", TOOLS,
                            "raise weights and capacitance together")


def _largest(c: Context, s: Synapses) -> str:
    rivals = [r for r in c.view.incoming(s.target) if r.receptor == s.receptor and len(r.pre)]

    def top(r: Synapses) -> float:
        cell = c.view.cell(r.target).cell
        most = float(np.max(np.abs(r.weight)))
        return max(most, r.in_pynn(r.values["w_max"], cell)) if r.plastic and cell else most
    worst = max(rivals, key=top)
    return f"{worst.name!r} (largest weight {top(worst):g})"


def amplitude(c: Context) -> Iterator[Finding]:
    """008: the change that one pair makes can be stored."""
    for s in c.view.synapses:
        one = resolution(c, s)
        cell = c.view.cell(s.target).cell
        if not s.plastic or one is None or cell is None:
            continue
        for name, a in zip(("A_plus", "A_minus"), s.amplitudes, strict=True):
            steps = abs(a) * s.in_pynn(s.values["w_max"], cell) / one
            if 0 < steps < 0.5 or steps > 65535:
                yield c.finding(8, WARN, f"projection {s.name!r}",
                                f"{name} * w_max is {steps:.2g} steps of a weight: it "
                                + ("rounds to 0" if steps < 1 else "saturates"),
                                f"steps of {one:g}", TOOLS, "raise the amplitude, or lower w_max")


def table(c: Context) -> Iterator[Finding]:
    """009: the time constants of learning fit the board's tables."""
    for s in c.view.synapses:
        for name in ("tau_plus", "tau_minus") if s.plastic else ():
            tau = float(s.values[name]) / c.view.plan.dt
            if np.exp(-ENTRIES / tau) * ONE >= 0.5:
                yield c.finding(9, WARN, f"projection {s.name!r}", f"{name} is {tau:g} steps",
                                "about 31 steps, for tables of 256 entries", "sPyNNaker, older "
                                "files; tables may be longer in newer versions",
                                "use a shorter time constant or a larger dt")


def short(c: Context) -> Iterator[Finding]:
    """010: time constants below a step are legal, but what they do is stepwise."""
    found: dict[str, list[str]] = {}
    for p in c.view.cells:
        for name in ("tau_syn_E", "tau_syn_I", "tau_m"):
            tau = float(np.min(p.parameters.get(name, np.inf)))
            if tau < c.view.dt_ms:
                kick = tau / c.view.dt_ms * -np.expm1(-c.view.dt_ms / tau)
                effect = f"; a weight acts as {kick:.3f} of itself" if name != "tau_m" else ""
                what = f"{name} = {tau:g} ms is below dt = {c.view.dt_ms:g} ms{effect}"
                found.setdefault(what, []).append(repr(p.name))
    for what, names in found.items():
        yield c.finding(10, WARN, f"population {', '.join(names)}", what, "",
                        "sPyNNaker, exp_synapse_utils.h",
                        "expect one step of response, or use a smaller dt")


def fan_in(c: Context) -> Iterator[Finding]:
    """011: what can arrive in one step fits the buffers."""
    for p in c.view.cells:
        coming = [s for s in c.view.incoming(p.name) if len(s.pre) and s.receptor]
        senders = sum(len(np.unique(s.pre)) for s in coming)
        if senders > INCOMING:
            yield c.finding(11, WARN, f"population {p.name!r}",
                            f"{senders} neurons may send to one core in one step",
                            f"incoming_spike_buffer_size {INCOMING}", "spynnaker.cfg",
                            "raise incoming_spike_buffer_size in spynnaker.cfg")
        for receptor in {s.receptor for s in coming}:
            shift = c.shift(p.name, receptor)
            peak = np.zeros(p.size)
            for s in coming:
                if s.receptor == receptor:
                    most = np.abs(np.broadcast_to(s.weight, s.pre.shape))
                    np.add.at(peak, s.post, most)
            if shift is not None and peak.max(initial=0) > 2.0**shift:
                yield c.finding(11, WARN, f"population {p.name!r}",
                                f"{receptor} input could sum to {peak.max():g} in one step",
                                f"its buffer holds less than {2**shift}", TOOLS,
                                "it saturates only if all of it fires at once; else raise "
                                "ring_buffer_sigma or spikes_per_second")


def size(c: Context) -> Iterator[Finding]:
    """012: cores, memory and boards."""
    need = predict(c)
    if need.boards > 1:
        yield c.finding(12, WARN, "the network", f"needs about {need.cores} cores, "
                        f"{need.chips} chips, {need.boards} boards", "48 chips a board",
                        "SpiNNMachine, version 5", "ask for a larger machine")
    if need.sdram_per_chip > need.sdram_limit:
        yield c.finding(12, ERROR, "the network", f"needs about {need.sdram_per_chip / 1e6:.0f} MB "
                        "of SDRAM on a chip", f"{need.sdram_limit / 1e6:.0f} MB",
                        "SpiNNMachine", "record less, or export a shorter duration; the tools can "
                        "pause and read recordings out", lossy=True)


RULES = (quantised, amplitude, table, short, fan_in, size)
"""The rules of the board alone."""
