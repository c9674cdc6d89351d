"""A script of plain Brian2: our texts are its texts, but for times and for who may own a trace.

Brian2's delay for the same network is one step shorter, its refractory period one step longer, and
a reset must come before synapses act; a trace of one side becomes one of each synapse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.equations import DIFFERENTIAL, PARAMETER, SECOND
from ...simulator.plan import NEURONS, SCHEDULE
from ...simulator.statements import parse_lines
from ..hardware.plasticity import rule_of
from .findings import ERROR, INFO, WARN, Finding
from .view import NetworkView

REQUIREMENTS = ("brian2>=2.9,<3", "numpy>=2,<2.4")

HEAD = '''"""A network of engram for Brian2. What it keeps and what it does not is in report.md.

Install requirements.txt, then: python run.py
It writes spikes.npz: for each recorded population NAME the neurons NAME.i, the times NAME.t_ms and
the steps NAME.step. Arrays of the network are in data.npz, in SI.
"""

from pathlib import Path

import brian2 as b
import numpy as np
from brian2 import Quantity

NETWORK = {name!a}
# The digest of the description that this was written from.
DIGEST = {digest!r}
DT = {dt!r} * b.ms
DURATION = {duration!r} * b.ms

HERE = Path(__file__).resolve().parent
data = np.load(HERE / "data.npz", allow_pickle=False)
b.prefs.codegen.target = "numpy"  # take this away to compile
b.defaultclock.dt = DT
network = b.Network()
network.schedule = ["start", "groups", "thresholds", "resets", "synapses", "end"]
groups, synapses, monitors = {{}}, {{}}, {{}}


def start(group, values):
    """Set variables, given in SI."""
    for name, value in values.items():
        group.variables[name].set_value(data[value] if isinstance(value, str) else value)

'''

TAIL = '''
for name in RECORDED:
    monitors[name] = b.SpikeMonitor(groups[name])
network.add(groups.values(), synapses.values(), monitors.values())
network.run(DURATION, namespace={})

result = {}
for name, monitor in monitors.items():
    result[name + ".i"] = np.asarray(monitor.i)
    result[name + ".t_ms"] = np.asarray(monitor.t / b.ms)
    result[name + ".step"] = np.rint(monitor.t / DT).astype(int)
    print(f"{name}: {monitor.num_spikes} spikes")
for name in PLASTIC:
    s = synapses[name]
    w = s.w_syn if "w_syn" in s.variables else s.w
    result[name + ".weights"] = np.column_stack([s.i[:], s.j[:], np.asarray(w[:])])
np.savez(HERE / "spikes.npz", **result)
'''


def findings(v: NetworkView) -> list[Finding]:
    """What stands in the way of a plain script: the backend 'brian2' runs those networks too."""
    way = "run it with engram.simulate(..., backend='brian2')"
    out = []
    for p, c in zip(v.network.populations, v.cells, strict=True):
        where = f"population {p.name!r}"
        if c.plan.kind == NEURONS and p.model.update and any(
                s.target == p.name and s.found is not None and s.found.target in c.plan.held
                for s in v.synapses):
            out.append(Finding("BRN001", ERROR, where, f"model {p.model.name!r} gives its update "
                               "directly, and spikes write what rests after a spike",
                               "differential equations", "", way))
        if c.plan.kind == NEURONS and method_of(p, c.values) != p.model.method:
            out.append(Finding("BRN010", WARN, where, "some of its time constants are equal, so it "
                               "is integrated by rk4", "exact gives NaN then", "Brian2 2.9",
                               "make them differ a little"))
        if p.clock != 1:
            out.append(Finding("BRN001", ERROR, where, f"has a clock of {p.clock} steps",
                               "one clock", "", way))
        if c.plan.kind not in (NEURONS, SCHEDULE):
            out.append(Finding("BRN016", INFO, where, "its spikes will be drawn by Brian2's own "
                               "generator", "", "", "give SpikeTimes for the same everywhere"))
    for q, s in zip(v.network.projections, v.synapses, strict=True):
        where = f"projection {q.name!r}"
        found = rule_of(q.synapse)
        if found is None:
            out.append(Finding("BRN005", ERROR, where, f"synapse {q.synapse.name!r}",
                               "static ones and pair STDP", "", way))
        elif found.rule.timing and (np.ndim(s.delay) or s.fraction != 1):
            out.append(Finding("BRN006", ERROR, where, "learns with mixed delays, or with a "
                               "dendritic_delay_fraction below 1", "one delay, fraction 1", "",
                               way))
        elif found.rule.timing and s.delay > 1:
            out.append(Finding("BRN006", WARN, where, f"learns with a delay of {s.delay} steps: "
                               "what is sent is read when it arrives", "one step is exact", "",
                               way))
    for stimulus in v.network.stimuli:
        out.append(Finding("BRN013", ERROR, f"StepCurrent on {stimulus.population}",
                           "changes during the run", "", "", way))
    for name, variable, _ in v.states:
        out.append(Finding("BRN017", WARN, f"population {name!r}", f"{variable} is not recorded",
                           "", "", "add a b.StateMonitor to run.py"))
    return out


def script(v: NetworkView) -> tuple[str, dict[str, Any]]:
    """The text of run.py and the arrays that it reads, in SI."""
    arrays: dict[str, Any] = {}
    lines: list[str] = []
    for p, c in zip(v.network.populations, v.cells, strict=True):
        if p.size:
            lines += [_source(c, v, arrays) if c.source else _neurons(p, c, arrays), ""]
    for q, s in zip(v.network.projections, v.synapses, strict=True):
        if len(s.pre):
            lines += [_synapses(q, s, v, arrays), ""]
    recorded = [v.cells[n].name for n in v.plan.record_spikes if v.cells[n].size]
    plastic = [s.name for s in v.synapses if s.plastic and len(s.pre)]
    lines += [f"RECORDED = {recorded!r}", f"PLASTIC = {plastic!r}"]
    head = HEAD.format(name=v.network.name, digest=v.plan.digest, dt=v.dt_ms,
                       duration=round(v.steps * v.dt_ms, 9))
    return head + "\n".join(lines) + TAIL, arrays


def _values(name: str, values: dict[str, Any], arrays: dict[str, Any]) -> str:
    parts = []
    for key, value in values.items():
        if np.ndim(value):
            arrays[f"{name}.{key}"] = np.asarray(value)
            value = f"{name}.{key}"
        parts.append(f"    {key!r}: {value!r},\n")
    return "{\n" + "".join(parts) + "}"


def _source(c: Any, v: NetworkView, arrays: dict[str, Any]) -> str:
    made = f"groups[{c.name!r}] = b."
    if c.plan.kind == SCHEDULE:
        arrays[f"{c.name}.steps"], arrays[f"{c.name}.neurons"] = c.plan.steps, c.plan.indices
        return (f"{made}SpikeGeneratorGroup(\n    {c.size}, data['{c.name}.neurons'], "
                f"data['{c.name}.steps'] * DT, sorted=True)")
    arrays[f"{c.name}.chance"] = c.plan.chance
    last = min(c.plan.stop, v.steps)
    return (f"{made}NeuronGroup(\n    {c.size}, 'chance : 1 (constant)', dt=DT, threshold="
            f"'rand() < chance and t >= ({c.plan.start} - 0.5)*dt and t < ({last} - 0.5)*dt')\n"
            f"start(groups[{c.name!r}], {{'chance': '{c.name}.chance'}})")


def _neurons(p: Any, c: Any, arrays: dict[str, Any]) -> str:
    m = p.model
    flags = r"\s*\(unless refractory\)" if m.update else "$^"  # Brian2 has it for equations only
    inside = [f"{c.size}", f"{_literal(re.sub(flags, '', _tidy(m.equations)))}",
              f"threshold={m.threshold or None!r}",
              f"reset={_literal(_tidy(m.reset)) if m.reset else None}"]
    if m.refractory is not None:
        refractory = m.refractory if isinstance(m.refractory, str) else (
            f"{float(m.refractory.value)!r}*second")
        inside.append(f"refractory={f'{refractory} + dt'!r}")
    if m.method != "auto" and not m.update:
        inside.append(f"method={method_of(p, c.values)!r}")
    made = f"groups[{c.name!r}]"
    update = (f"\n{made}.run_regularly({_literal(_update(m))}, when='groups', order=1)"
              if m.update else "")
    return (f"{made} = b.NeuronGroup(\n    " + ",\n    ".join(inside) + ")\n"
            f"start({made}, {_values(c.name, dict(c.values), arrays)}){update}")


def _update(model: Any) -> str:
    """The lines of a discrete update; what rests after a spike is written as it was."""
    held = {e.name for e in model.parsed if "unless refractory" in e.flags}
    return "\n".join(
        f"{x.target} = {x.target} + int(not_refractory)*(({x.expr}) - {x.target})"
        if x.target in held and model.refractory is not None else f"{x.target} = {x.expr}"
        for x in (line.statement() for line in parse_lines(model.update)))


def method_of(p: Any, values: Mapping[str, Any]) -> str:
    """Its own, but Brian2's exact integration divides by the difference of time constants."""
    taus = [values[e.name] for e in p.model.parsed
            if e.kind == PARAMETER and e.dim == SECOND and e.name.startswith("tau")]
    equal = any(np.any(np.equal(a, b)) for n, a in enumerate(taus) for b in taus[:n])
    return "rk4" if p.model.method == "exact" and equal else str(p.model.method)


def _synapses(q: Any, s: Any, v: NetworkView, arrays: dict[str, Any]) -> str:
    arrays[f"{s.name}.pre"], arrays[f"{s.name}.post"] = s.pre, s.post
    changing = {line.target for line in (*parse_lines(q.synapse.on_pre),
                                         *parse_lines(q.synapse.on_post))}
    taken = {n for end in (s.source, s.target) for n in v.cell(end).values}
    new = {e.name: f"{e.name}_syn" for e in q.synapse.parsed if e.name in taken}
    equations = _renamed("\n".join(
        f"d{e.name}/dt = {e.expr} : {e.unit} (event-driven)" if e.kind == DIFFERENTIAL
        else f"{e.name} : {e.unit}" + ("" if e.name in changing else " (constant)")
        if e.kind == PARAMETER else f"{e.name} = {e.expr} : {e.unit}" for e in q.synapse.parsed),
        new)
    learn: list[str] = []
    send: list[str] = []
    for line in parse_lines(q.synapse.on_pre):
        (send if line.target.endswith("_post") else learn).append(
            _renamed(f"{line.target} {line.op}= {line.expr}", new))
    on_pre = {**({"learn": "\n".join(learn)} if learn else {}), "send": "\n".join(send)}
    events = ", ".join(f"{name!r}: {_literal(lines)}" for name, lines in on_pre.items())
    made = f"synapses[{s.name!r}]"
    post = (f", on_post={_literal(_renamed(_tidy(q.synapse.on_post), new))}"
            if q.synapse.on_post.strip() else "")
    text = (f"{made} = b.Synapses(\n    groups[{s.source!r}], groups[{s.target!r}], "
            f"{_literal(equations)},\n    on_pre={{{events}}}{post})\n"
            f"{made}.connect(i=data['{s.name}.pre'], j=data['{s.name}.post'])\n"
            f"start({made}, {_values(s.name, _known(q, s, new), arrays)})\n")
    delay = np.asarray(s.delay) - 1
    if delay.ndim:
        arrays[f"{s.name}.send_steps"] = delay
    written = f"data['{s.name}.send_steps']" if delay.ndim else repr(int(delay))
    text += f"{made}.send.delay = {written} * DT  # one step less than in engram\n"
    if post:
        text += (f"{made}.post.delay = {int(s.delay)} * DT\n"
                 f"{made}.post.order = -2  # a post event runs first\n{made}.learn.order = -1\n")
    return text.rstrip()


def _renamed(text: str, new: dict[str, str]) -> str:
    """Names that a neuron at one end has too; Brian2 would not know which is meant."""
    text = re.sub(r"\bd(\w+)/dt", lambda m: f"d{new.get(m[1], m[1])}/dt", text)
    return re.sub(r"\b[A-Za-z]\w*\b", lambda m: new.get(m[0], m[0]), text)


def _known(q: Any, s: Any, new: dict[str, str]) -> dict[str, Any]:
    return {new.get(e.name, e.name): s.values[e.name] for e in q.synapse.parsed
            if e.kind in (DIFFERENTIAL, PARAMETER) and e.name in s.values}


def _literal(text: str) -> str:
    """A string of a script; several lines stand below one another where nothing speaks against."""
    plain = text.isascii() and not set("\\\"") & set(text)
    if "\n" not in text or not plain:
        return repr(text)
    return '"""\n' + "".join(f"        {line}\n" for line in text.splitlines()) + '    """'


def _tidy(text: str) -> str:
    """Without indentation, comments and empty lines."""
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)
