"""Rules for every simulator behind PyNN: what can be said there, with signs, delays and rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...simulator.connectors import DistanceDependent
from ...simulator.connectors import FixedInDegree as InDegree
from ...simulator.connectors import FixedOutDegree as OutDegree
from ...simulator.connectors import FixedProbability as ByChance
from ...simulator.plan import POISSON, SCHEDULE
from ..hardware.cells import CELLS
from .context import DOCS, TOOLS, Context
from .cores import delay_slots
from .findings import ERROR, INFO, WARN, Finding
from .script import delays_ms, factor_of, recordable
from .view import Cells, Synapses

LONGEST = 144
"""Steps of a delay on the board at most, where it needs a core of its own."""


def model(c: Context) -> Iterator[Finding]:
    """001: the neuron is a cell of the simulator, with parameters that it has names for."""
    for p, described in zip(c.view.cells, c.view.network.populations, strict=True):
        where = f"population {p.name!r}"
        if described.clock != 1:
            yield c.finding(1, ERROR, where, f"has a clock of {described.clock} steps",
                            "one clock", "PyNN", "give it clock=1")
        if p.source:
            continue
        if p.cell is None or c.target not in p.cell.targets:
            same = p.cell is not None and any(
                c.target in x.targets and x.pynn == p.cell.pynn for x in CELLS)
            yield c.finding(
                1, ERROR, where, f"model {p.model!r} is no cell of {c.dialect.module}",
                "there are " + ", ".join(sorted({x.pynn for x in CELLS if c.target in x.targets})),
                DOCS if c.board else "PyNN 0.13", f"the nearest is {nearest(p, c.target)}; a "
                "library model counts as that cell while its text is unchanged", lossy=same)
            continue
        for name, value in p.cell.fixed.items():
            if not np.allclose(p.values[name], value.value):
                yield c.finding(1, ERROR, where, f"{name} is {p.values[name]!r} in SI",
                                f"{p.cell.pynn} has {value!r}", "PyNN 0.13", f"set {name} to it",
                                lossy=True)
        if c.target in p.cell.loose:
            yield c.finding(1, WARN, where, f"{p.cell.pynn}: {p.cell.note}", "", "measured",
                            "compare with `engram verify`'s measures before you rely on spike "
                            "times")


def nearest(p: Cells, target: str) -> str:
    """The cell of the target that shares the most names of parameters with the model."""
    if p.cell is not None:
        return p.cell.pynn
    names = set(p.values)
    there = [x for x in CELLS if target in x.targets]
    return max(there, key=lambda x: len(names & {q.ours for q in x.parameters.values()})
               - 0.01 * len(x.parameters)).pynn


def sign(c: Context) -> Iterator[Finding]:
    """002: PyNN wants positive weights, but negative ones for inhibition by current."""
    for s in c.view.synapses:
        cell = c.view.cell(s.target).cell
        if not s.receptor or cell is None or not np.size(s.weight):
            continue
        jump = cell.receptors[s.receptor].variable == "v"
        negative = s.receptor == "inhibitory" and (jump or cell.receptors[s.receptor].sign < 0)
        wrong = np.asarray(s.weight) > 0 if negative else np.asarray(s.weight) < 0
        if wrong.any():
            yield c.finding(
                2, ERROR, f"projection {s.name!r}",
                f"{int(wrong.sum()) if wrong.ndim else len(s.pre)} of {len(s.pre)} weights have "
                f"the wrong sign for the {s.receptor} receptor",
                "negative on inhibitory receptors for currents and jumps, else positive",
                "PyNN, standardmodels/base.py", "split it into one projection for each sign, the "
                "negative ones to the other receptor", fix=not s.plastic)


def delay(c: Context) -> Iterator[Finding]:
    """003: the delay is one that the simulator has."""
    for s in c.view.synapses:
        if not len(s.pre):
            continue
        low, high = int(np.min(s.delay)), int(np.max(s.delay))
        where = f"projection {s.name!r}"
        if c.board and high > (slots := delay_slots(c, s.target)):
            level = ERROR if high > LONGEST else WARN
            yield c.finding(3, level, where, f"its longest delay is {high} steps",
                            f"{LONGEST} steps; more than {slots} need a core for delays, with so "
                            "many neurons on a core", f"{DOCS}; {TOOLS}, population_vertex.py",
                            "shorten it, use a larger dt, fewer neurons on a core, or a relay")
        late = c.dialect.label_steps(c.view.cell(s.source).cell)
        if low <= late:
            wanted = np.asarray(s.delay) * c.view.dt_ms
            off = float(np.max(np.asarray(delays_ms(s, c.view, c.dialect))
                               - (wanted - late * c.view.dt_ms)))
            yield c.finding(
                3, WARN if c.repair else ERROR, where,
                f"its delay of one step, {c.view.dt_ms:g} ms, is sooner than {c.dialect.module} "
                f"can deliver the spike of a neuron",
                f"{late + 1} steps", "measured; see the script's LABEL_STEPS",
                f"use a delay of 2 steps or more, or let these spikes come {off:g} ms late",
                lossy=True, fix=True)


def plasticity(c: Context) -> Iterator[Finding]:
    """005: the synapse is static or follows a rule of the simulator."""
    for s in c.view.synapses:
        where = f"projection {s.name!r}"
        if s.found is None or not s.receptor:
            what = (f"synapse {s.model!r}" if s.found is None
                    else f"spikes to {s.found.target!r}")
            if s.found is not None and c.view.cell(s.target).cell is None:
                continue  # the neuron is what has no place there
            yield c.finding(5, ERROR, where, f"{what} cannot be said in PyNN",
                            "static, and pair STDP: additive, multiplicative",
                            DOCS if c.board else "PyNN 0.13", "freeze its weights as "
                            "static(...), or use stdp_additive or stdp_multiplicative")
        elif s.plastic:
            yield from _rule(c, s, where)
    if c.board:
        yield from _one_rule(c)


def _rule(c: Context, s: Synapses, where: str) -> Iterator[Finding]:
    assert s.found is not None
    rule, way = s.found.rule, "use stdp_additive or stdp_multiplicative with mu = 1"
    soft = np.any(np.asarray(s.values.get("mu", 1.0)) != 1)  # Guetig's rule, on NEST only
    if c.target not in rule.targets or (soft and c.target != "nest"):
        yield c.finding(5, ERROR, where, f"rule {rule.name}: {c.dialect.module} has none such",
                        "", TOOLS if c.board else "PyNN 0.13", way)
    varied = [n for n in ("tau_plus", "tau_minus", "a_plus", "a_minus", "w_min", "w_max", "mu")
              if np.ndim(s.values.get(n, 0.0))]
    if varied:
        yield c.finding(5, ERROR, where, f"{', '.join(varied)} differ between synapses",
                        "one value a projection", "PyNN", "use one projection for each value")
    elif c.target == "nest" and s.values.get("w_min", 0.0) != 0:
        yield c.finding(5, ERROR, where, "w_min is not 0", "0", "PyNN 0.13 on NEST",
                        "set w_min to 0")
    if np.ndim(factor_of(s, c.view, c.dialect)):
        yield c.finding(5, ERROR, where, "learns at neurons with different time constants of "
                        "their currents", "one", "the weights of NEURON are scaled by them",
                        "use one population for each")
    if s.receptor == "inhibitory" and not c.board:
        yield c.finding(5, ERROR, where, "a plastic synapse is inhibitory", "excitatory only",
                        "PyNN's rules have bounds of one sign", "exchange the receptors' roles")


def _one_rule(c: Context) -> Iterator[Finding]:
    first: dict[str, tuple[Synapses, Any]] = {}
    for s in c.view.synapses:
        if not s.plastic or s.found is None:
            continue
        own = (s.found.rule.timing, s.found.rule.weights, s.amplitudes, s.fraction, *(
            s.values.get(n) for n in ("tau_plus", "tau_minus", "w_min", "w_max")))
        known, other = first.setdefault(s.target, (s, own))
        if other != own:
            yield c.finding(5, ERROR, f"projection {s.name!r}",
                            f"learns otherwise than {known.name!r}, which ends in {s.target!r} too",
                            "one plasticity rule, with one set of values, for each population",
                            TOOLS, "give both the same values, or split the target population")


def fraction(c: Context) -> Iterator[Finding]:
    """006: the dendritic part of the delay of a plastic synapse."""
    low = {"spinnaker": 0.5, "nest": 1.0}.get(c.target, 0.0)
    for s in c.view.synapses:
        if s.plastic and s.fraction < low:
            yield c.finding(6, ERROR, f"projection {s.name!r}",
                            f"dendritic_delay_fraction is {s.fraction:g}",
                            f"{low:g} to 1" if low < 1 else "1",
                            TOOLS if c.board else "PyNN 0.13 on NEST",
                            "set it to 1; a delay of one step makes the two the closest")


def stimuli(c: Context) -> Iterator[Finding]:
    """013: what changes during a run is a current, and spikes come when they can be sent."""
    for stimulus in c.view.network.stimuli:
        if stimulus.variable != "i_offset":
            yield c.finding(13, ERROR,
                            f"StepCurrent on {stimulus.population}.{stimulus.variable}",
                            "changes a variable during the run", "i_offset only",
                            DOCS if c.board else "PyNN", "step i_offset, or leave it out")
    for p in c.view.cells:
        if p.plan.kind == SCHEDULE and p.plan.steps.size and (
                p.plan.steps[0] + c.view.wait < c.dialect.first):
            yield c.finding(13, ERROR, f"population {p.name!r}",
                            f"fires in step {p.plan.steps[0]}", f"step {c.dialect.first} or later",
                            f"{c.dialect.module} sends given spikes through a relay",
                            "let the input begin later", fix=c.view.resting)
        if p.plan.kind == POISSON:
            late = ", 1 ms and a step later than asked for" if c.target == "nest" else ""
            yield c.finding(16, INFO, f"population {p.name!r}",
                            f"its spikes will be drawn by the simulator's own generator{late}", "",
                            "PyNN 0.13, measured" if late else "",
                            "give SpikeTimes for the same spikes everywhere")


def losses(c: Context) -> Iterator[Finding]:
    """017 and 018: what is left out, and what is written in another form."""
    kept = set(recordable(c.view, c.dialect))
    for name, variable, every in c.view.states:
        cell = c.view.cell(name).cell
        found = [n for n, p in cell.states.items() if p.ours == variable] if cell else []
        if not any((name, n) in kept for n in found):
            yield c.finding(17, WARN, f"population {name!r}", f"{variable} is not recorded",
                            f"{c.dialect.module} records {', '.join(c.dialect.states)}", "",
                            "record v, or spikes only")
        elif every != 1:
            yield c.finding(17, INFO, f"population {name!r}",
                            f"{variable} is recorded in every step, not in every {every}th")
    for q in c.view.network.projections:
        if isinstance(q.connector, (ByChance, InDegree, OutDegree, DistanceDependent)):
            yield c.finding(18, INFO, f"projection {q.name!r}", "its random connections are "
                            "written out one by one, as this seed drew them", "", "",
                            "that makes the tools slower" if c.board else "")
    for p in c.view.cells:
        if not p.size:
            yield c.finding(18, INFO, f"population {p.name!r}", "has no neurons and is left out")


def scales(c: Context) -> Iterator[Finding]:
    """019: weights that are written otherwise than they are, so that the network is the same."""
    for s in c.view.synapses:
        if s.found is None or not s.receptor or not len(s.pre):
            continue
        factor = factor_of(s, c.view, c.dialect)
        if np.any(factor != 1):
            yield c.finding(19, INFO, f"projection {s.name!r}",
                            f"weights are written times {np.min(factor):.6g}"
                            + (f" to {np.max(factor):.6g}" if np.ndim(factor) else ""), "",
                            "measured", f"{c.dialect.module} holds a synapse constant during a "
                            "step; that keeps its charge")


def labels(c: Context) -> Iterator[Finding]:
    """014 and 015: how spikes are compared with those of our backends."""
    if c.board:
        ours = [p.name for p in c.view.network.populations
                if ">" in getattr(p.model, "threshold", "") and ">=" not in p.model.threshold]
        if ours:
            yield c.finding(14, INFO, ", ".join(ours), "fire at v > threshold here and at v >= "
                            "threshold on the board", "", "sPyNNaker, threshold_type_static.h",
                            "a neuron that comes to rest exactly on its threshold differs")
        yield c.finding(15, INFO, "the network", "the board labels spikes as engram does: "
                        "expected shift 0 steps", "", "the recorded CA3 experiment")
    else:
        late: dict[int, list[str]] = {}
        for p in c.view.cells:
            late.setdefault(c.dialect.label_steps(p.cell) + c.view.wait, []).append(repr(p.name))
        for n, names in late.items():
            yield c.finding(15, INFO, f"population {', '.join(names)}",
                            f"spikes are labelled {n} steps later than in engram", "", "measured",
                            "spikes.npz holds NAME.step, in engram's steps")


RULES = (model, sign, delay, plasticity, fraction, stimuli, losses, scales, labels)
"""The rules that every simulator behind PyNN is judged by."""
