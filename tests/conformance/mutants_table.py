"""Errors to plant, one at a time, and the scenarios that must notice them."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """`edits` (old, new) in one file of the package; each old text stands there exactly once.

    The network of each scenario runs on `backend` in the changed package. A run is noticed when it
    fails, when it contradicts the known answer, or when it parts from `witness`, a backend run in
    the same changed package, so that an error which both share does not count as noticed.
    """

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    scenarios: tuple[str, ...]
    backend: str = "reference"
    witness: str = ""


def _order(name: str, order: str, *scenarios: str) -> Mutant:
    old = '("deliver", "integrate", "fire", "reset", "learn", "send", "record")'
    new = "(" + ", ".join(f'"{verb}"' for verb in order.split()) + ")"
    return Mutant(name, "simulator/stepper.py", ((old, new),), scenarios)


def _one(name: str, file: str, old: str, new: str, *scenarios: str, **more: str) -> Mutant:
    return Mutant(name, file, ((old, new),), scenarios, **more)


STEPPER = (
    _order("integrate before deliver", "integrate deliver fire reset learn send record",
           "order_of_a_step", "on_the_threshold"),
    _order("fire before integrate", "deliver fire integrate reset learn send record",
           "order_of_a_step", "refractory_integration"),
    _order("reset before fire", "deliver integrate reset fire learn send record",
           "order_of_a_step", "refractory_input"),
    _order("learn before reset", "deliver integrate fire learn reset send record",
           "order_of_a_step"),
    _order("learn before integrate", "deliver learn integrate fire reset send record",
           "order_of_a_step", "stdp_one_step"),
    _order("record before reset", "deliver integrate fire record reset learn send",
           "order_of_a_step", "neuron_parameters"),
    _order("deliver last", "integrate fire reset learn send record deliver",
           "delays_1_to_20", "refractory_input"),
)

ROWS, NEURONS, STEP = ("simulator/lower_projection.py", "simulator/lower_population.py",
                       "simulator/integrate.py")
SHARED = (
    _one("delay one step long", ROWS, "count = whole(value, dt, what, least=1)",
         "count = whole(value, dt, what, least=1) + 1", "delays_1_to_20", "mixed_delays"),
    _one("axonal and dendritic part swapped", ROWS,
         "return delay - round(dendritic), round(dendritic)",
         "return round(dendritic), delay - round(dendritic)", "stdp_f_075", "stdp_f_025"),
    _one("axonal part lost", ROWS, "return delay - round(dendritic), round(dendritic)",
         "return 0, round(dendritic)", "stdp_f_050"),
    _one("offset of the target view lost", ROWS,
         "found.post + np.uint32(post[0]) if post[0] else found.post", "found.post", "views"),
    _one("offset of the source view lost", ROWS, "indptr[start:stop + 1] = found.indptr",
         "indptr[:] = found.indptr[-1]; indptr[:stop - start + 1] = found.indptr", "views"),
    _one("values not sorted with their synapses", "simulator/values.py",
         "number if self.order is None else number[self.order]", "number", "multapses"),
    _one("refractory one step long", NEURONS,
         'return whole(constants[value], dt, f"{where}: refractory {value}")',
         'return whole(constants[value], dt, f"{where}: refractory {value}") + 1',
         "refractory_input", "refractory_integration"),
    _one("clocked neurons integrated by one step", NEURONS,
         "body = _statements(p, equations, constants, state, held, dt * p.clock)",
         "body = _statements(p, equations, constants, state, held, dt)", "clocks"),
    _one("discrete updates write what is held", NEURONS,
         "if s.target in held and model.refractory is not None:", "if False:",
         "hippocampal_cam", "neuron_IF_curr_exp_spinnaker", witness="brian2"),
    _one("integration writes what is held", STEP, "if x in system.held else f\"_new_{x}\")",
         "if False else f\"_new_{x}\")", "refractory_integration"),
    _one("factor of the exponential step", STEP, "distinct.reshape(-1, n, n) * dt",
         "distinct.reshape(-1, n, n) * (dt / 2)", "neuron_parameters", "alpha_shape"),
    _one("matrix of the exponential step transposed", STEP,
         "a[:, order.index(x), order.index(y)] = v", "a[:, order.index(y), order.index(x)] = v",
         "alpha_shape"),
    _one("parameters of neurons reversed", STEP, "[which.reshape(-1)]", "[which.reshape(-1)[::-1]]",
         "neuron_parameters"),
    _one("exponential Euler without its exponential", STEP,
         'gain = f"*exprel(dt*({text_of(form[x])}))" if x in form else ""', 'gain = ""',
         "neuron_lif_cond_exp", witness="brian2"),
    _one("weights of the Runge-Kutta stages", STEP, "2*_k2@ + 2*_k3@", "_k2@ + 3*_k3@",
         "integration_methods", witness="brian2"),
    _one("sign of inhibition", "simulator/lower_synapse.py",
         'sign = "-" if line.op == "-" else ""', 'sign = ""', "inhibition"),
    _one("changing weights read on arrival", "simulator/lower_synapse.py",
         "or (changes and not at_once)", "", "stdp_five_steps"),
    _one("relaxation of a synapse forgets its goal", "simulator/lower_synapse.py",
         "*_elapsed*exprel(({rate})*_elapsed)", "*_elapsed", "own_dynamics", witness="brian2"),
    _one("spikes at the threshold", "simulator/expressions.py",
         "ast.GtE: lambda a, b: a >= b", "ast.GtE: lambda a, b: a > b", "on_the_threshold"),
    _one("no spikes above the threshold only", "simulator/expressions.py",
         "ast.Gt: lambda a, b: a > b", "ast.Gt: lambda a, b: a >= b", "on_the_threshold"),
    _one("one random number for all synapses of a neuron", "simulator/sides.py",
         "return bool(calls_in(parse(expr)) & set(RANDOM))", "return False", "random_release"),
)

SLOW = "backends/reference/steps.py"
DECAYS = """            for side, statements in q.plan.decay.items():
                self._decay(q, side, statements, k)
"""
POST = """            if q.plan.on_post:
                self._post_events(q, k)
"""
LAST = """                    self._event(q, k, row, ("pre", int(i)))
"""
KEEP = """        if side == "pre":
            self._keep(q, k, at, local)
"""
BEGIN = "        q.last[at] = k\n        side, index = neuron\n"
REFERENCE = (
    _one("reference: refractory one step short", SLOW, "self.until[n][who] = k + length",
         "self.until[n][who] = k + length - 1", "refractory_input", "refractory_integration"),
    _one("reference: reset lost", SLOW, "self._assign(n, k, p.reset, who)", "pass",
         "neuron_parameters", "refractory_integration"),
    _one("reference: input reaches what is held", SLOW,
         "if variable in self.plan.populations[n].held:", "if False:", "refractory_input"),
    _one("reference: clock ignored", SLOW, "p.kind == NEURONS and k % p.clock == 0",
         "p.kind == NEURONS", "clocks"),
    _one("reference: key of the Poisson draw shifted", SLOW, "np.full(now.shape, k + 1)",
         "np.full(now.shape, k + 2)", "poisson_input", witness="brian2"),
    _one("reference: order of a sum", SLOW, "self.fired[q.plan.source][-due]:",
         "self.fired[q.plan.source][-due][::-1]:", "sum_order"),
    _one("reference: slot not cleared", SLOW, "slot[:] = 0.0", "pass", "mixed_delays",
         "stdp_five_steps"),
    _one("reference: post events a step early", SLOW,
         "for j in self.fired[q.plan.target][-1 - delay]:",
         "for j in self.fired[q.plan.target][-delay]:", "stdp_one_step", "stdp_f_050"),
    _one("reference: mixed post events a step early", SLOW,
         "if j in self.fired[q.plan.target][-1 - delay[s]]]",
         "if j in self.fired[q.plan.target][-delay[s]]]", "stdp_mixed"),
    _one("reference: pre events a step late", SLOW,
         'for i in self.fired[q.plan.source][-1 - q.plan.axonal_steps]:\n                    row',
         'for i in self.fired[q.plan.source][-2 - q.plan.axonal_steps]:\n                    row',
         "stdp_one_step"),
    Mutant("reference: post events after pre events", SLOW, ((POST, ""), (LAST, LAST + POST)),
           ("stdp_one_step", "stdp_five_steps")),
    Mutant("reference: traces decay after the events", SLOW, ((DECAYS, ""), (LAST, LAST + DECAYS)),
           ("stdp_one_step", "stdp_five_steps")),
    Mutant("reference: the weight before the event is sent", SLOW,
           ((KEEP, ""), (BEGIN, BEGIN + KEEP)), ("stdp_five_steps",)),
    Mutant("reference: coupling from the present state", SLOW,
           (("        self._couple(k)\n        for w in", "        for w in"),
            ('        """Find who fires; sources fire as scheduled or drawn."""\n',
             "        self._couple(k)\n")), ("couplings",)),
)


def _fast(name: str, file: str, edits: tuple[tuple[str, str], ...], *scenarios: str) -> Mutant:
    return Mutant(f"numba: {name}", f"backends/numba/{file}.py", edits, scenarios, "numba",
                  "reference")


FAST_DECAYS = """    for side, statements in q.decay.items():
        _decay(b, names, side, [(s.target, s.expr) for s in statements], memory)
"""
FAST_POST = """    if q.on_post:
        _post_events(b, names)
"""
FAST_PRE = """        _pre_events(b, names, keeps)
"""
NUMBA = (
    _fast("refractory one step short", "population",
          (("until[i] = kr + rest[i]", "until[i] = kr + rest[i] - np.int32(1)"),),
          "refractory_input"),
    _fast("reset lost", "population", (("for s in p.reset:", "for s in ():"),),
          "neuron_parameters"),
    _fast("clock ignored", "population",
          (("    if p.clock > 1:\n        b.integer", "    if False:\n        b.integer"),
           ("    if p.clock > 1:\n        b.close", "    if False:\n        b.close")), "clocks"),
    _fast("key of the Poisson draw shifted", "population",
          (("stream, k + 1, i, chance[i])", "stream, k + 2, i, chance[i])"),), "poisson_input"),
    _fast("timed values transposed", "population",
          (("values[q*size + i] if wide", "values[i*given + q] if wide"),), "timed_values"),
    _fast("parameters of neurons reversed", "population",
          (('f"a_{name}", np.ascontiguousarray(value, dtype=b.dtype)',
            'f"a_{name}", np.ascontiguousarray(value[::-1], dtype=b.dtype)'),),
          "neuron_parameters"),
    _fast("input reaches what is held", "synapse",
          (("held = variable in names.target.plan.held and names.target.refractory",
            "held = False"),), "refractory_input"),
    _fast("delay one step long", "synapse",
          (('"due", q.axonal_steps + q.dendritic_steps', '"due", q.longest + 1'),), "ring"),
    _fast("slot not cleared", "synapse",
          (("""b.line(f"way[np.uint64(at) + j] = {b.real or 'np.float64'}(0.0)")""", "pass"),),
          "mixed_delays"),
    _fast("coupling from the present state", "program",
          (("    out = _couplings(memory)\n", "    out: list[Any] = []\n"),
           ("return [*out, BARRIER]  # from",
            "return [*out, *_couplings(memory), BARRIER]  # from")),
          "couplings"),
    _fast("post events after pre events", "learn",
          ((FAST_POST, ""), (FAST_PRE, FAST_PRE + FAST_POST)), "stdp_one_step"),
    _fast("traces decay after the events", "learn",
          ((FAST_DECAYS, ""), (FAST_PRE, FAST_PRE + FAST_DECAYS)), "stdp_one_step"),
    _fast("pre events a step late", "learn",
          (('"axonal", names.q.axonal_steps', '"axonal", names.q.axonal_steps + 1'),),
          "stdp_one_step"),
)

MUTANTS = {m.name: m for m in (*STEPPER, *SHARED, *REFERENCE, *NUMBA)}
