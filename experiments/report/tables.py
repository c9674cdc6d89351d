"""The tables of a comparison."""

from __future__ import annotations

from ...models.memory import OpCount
from ..metrics.energy import CAVEATS, TARGETS, energy
from ..metrics.views import VIEWS, views
from .costs import DECLARED, Cost, agreed, common, costs, counted, flips
from .gather import Comparison, said
from .statistics import Estimate, difference, estimate, number
from .table import Cell, Table, cell, rows

INTERVAL = ("Mean over seeds ± half the width of the 95 % interval (Student's), each by itself; a "
            "mean without one comes from one seed.")

ALONE = "By reads or writes alone, or in one condition, the order may be another."


def tables(c: Comparison, baseline: str) -> list[Table]:
    """All of them that have rows."""
    found = costs(c)
    made = [results(c), differences(c, baseline), memories(c)]
    if counted(found):
        made += [operations(c, found, phase) for phase in ("read", "write", "codec")]
        made += [right(c, found), flipped(c, found), unturned(c, found)]
    made += [state(found), time(c, found)]
    made += energies(c, found) if counted(found) else []
    made += [left_out(c), *(points(c, name) for name in c.metrics)]
    return [t for t in made if t.rows]


def results(c: Comparison) -> Table:
    """What each task sums a memory up by; of a task that does not, the means over conditions."""
    names = c.summaries or c.metrics
    return Table("Results", ("memory", *names),
                 rows([(m, *(estimate(list(_values(c, m, n).values())) for n in names))
                       for m in c.memories]), INTERVAL)


def differences(c: Comparison, baseline: str) -> Table:
    """The same, less the baseline's, paired by seed."""
    names = c.summaries or c.metrics
    base = {n: _values(c, baseline, n) for n in names} if baseline in c.memories else {}
    return Table(f"Difference from {baseline}", ("memory", *names),
                 [[cell(m), *(_shown(difference(_values(c, m, n), base[n])) for n in names)]
                  for m in c.memories if base and m != baseline],
                 "Paired by seed: under a seed all memories see the same items. A star: the 95 % "
                 "interval does not hold 0. Of twenty comparisons of equals one has a star.")


def _shown(found: Estimate) -> Cell:
    """With a star where the interval leaves 0 out."""
    made = cell(found)
    away = found.low > 0 or found.high < 0
    return Cell(f"{made.text} *", made.value) if away else made


def _values(c: Comparison, memory: str, name: str) -> dict[int, float]:
    if name in c.summaries:
        return c.summary(memory, name)
    by_seed: dict[int, list[float]] = {}
    for at in c.conditions:
        for seed, value in c.metric(memory, at, name).items():
            by_seed.setdefault(seed, []).append(value)
    return {seed: sum(v) / len(v) for seed, v in by_seed.items()}


def memories(c: Comparison) -> Table:
    """What each is, and in which alphabet it was compared."""
    def row(m: str) -> tuple[str, ...]:
        about = c.memory_about(m)
        kind = "spiking" if about.get("spiking") else "not spiking"
        hand = "known from second-hand accounts" if about.get("second_hand") else ""
        return (m, kind, ", ".join(c.patterns(m)) or "-", about.get("summary", ""),
                "; ".join(x for x in (about.get("source", ""), hand) if x))
    return Table("Memories", ("memory", "kind", "patterns", "what it is", "source"),
                 rows([row(m) for m in c.memories]),
                 "Patterns are those that suit a memory best, unless --domain asks for others; "
                 "curves of different patterns are curves of different tasks.")


def operations(c: Comparison, found: dict[str, Cost], phase: str) -> Table:
    """The four views, and what they are made of."""
    unit = {"read": "a query", "write": "an item written", "codec": "a query"}[phase]
    title = {"read": "Operations of a read", "write": "Operations of a write",
             "codec": "Operations of codecs"}[phase]
    parts = ("mac", "ac", "sign_flips", "exp", "weight_updates", "spikes")

    def row(m: str) -> tuple[object, ...]:
        ops: OpCount = getattr(found[m], phase)
        counted = ops.as_dict()
        return (m, *views(ops).values(), *(counted[p] for p in parts))
    shown = [m for m in found if phase != "codec" or any(found[m].codec.as_dict().values())]
    heads = [f"of them {p}" for p in ("mac", "ac", "sign flips", "exp")]
    return Table(title, ("memory", *VIEWS, *heads, "weight updates", "spikes"),
                 rows([row(m) for m in shown]),
                 f"For {unit}, {_over(c)}. " + "; ".join(f"{k}: {v}" for k, v in VIEWS.items())
                 + ".")


def _over(c: Comparison) -> str:
    shared = common(c)
    if not shared:
        return "mean over each memory's own conditions (none is common to all)"
    return f"mean over the {len(shared)} conditions in which all memories were measured"


def right(c: Comparison, found: dict[str, Cost]) -> Table:
    """Costs of a right answer, where the first curve is of a share of right answers."""
    name = c.curves[0].y if c.curves else ""
    shares = {m: [v for at in common(c) for v in c.metric(m, at, name).values()] for m in found}
    if not all(v and all(0.0 <= x <= 1.0 for x in v) for v in shares.values()):
        return Table("Operations of a right answer", (), ())
    level = {m: sum(v) / len(v) for m, v in shares.items()}
    return Table("Operations of a right answer", ("memory", f"mean {name}", *VIEWS), rows(
        [(m, level[m], *(x / level[m] if level[m] else None for x in views(k.total).values()))
         for m, k in found.items()]),
        f"All calls together (writes, reads, codecs), for each query, over the mean {name}; "
        f"{_over(c)}.")


def flipped(c: Comparison, found: dict[str, Cost]) -> Table:
    """The pairs whose order of cost depends on the view."""
    return Table("Pairs whose order depends on the view", (
        "first", "second", "first is cheaper by", "second is cheaper by"),
        rows([(f.first, f.second, ", ".join(f.first_cheaper), ", ".join(f.second_cheaper))
              for f in flips(found)]),
        f"By all calls together (writes, reads, codecs), {_over(c)}. {ALONE}")


def unturned(c: Comparison, found: dict[str, Cost]) -> Table:
    """The pairs that every view orders alike."""
    def row(cheaper: str, dearer: str, by: tuple[str, ...]) -> tuple[str, ...]:
        equal = ", ".join(v for v in VIEWS if v not in by)
        return (cheaper, dearer, ", ".join(by) or "none: they cost the same", equal or "none")
    return Table("Pairs that no view turns around", (
        "the one", "the other", "the one is cheaper by", "equal by"),
        rows([row(*pair) for pair in agreed(found)]),
        f"By all calls together (writes, reads, codecs), {_over(c)}. {ALONE}")


def state(found: dict[str, Cost]) -> Table:
    """Bits of state, declared and at the cheapest lossless coding."""
    def row(m: str) -> tuple[object, ...]:
        name, bits = found[m].cheapest
        others = ", ".join(f"{k} {number(v)}" for k, v in found[m].bits.items())
        return m, found[m].bits[DECLARED], bits, name, others
    return Table("State", ("memory", "bits declared", "bits, cheapest coding", "cheapest coding",
                           "all codings"), rows([row(m) for m in found]),
                 "With the most items that were written in a condition common to all; a number of "
                 "32 bits counts 32.")


def time(c: Comparison, found: dict[str, Cost]) -> Table:
    """Time steps, and how long the simulator took."""
    hosts = {f"{t['host']['platform']}, {t['host']['cores']} cores"
             for by in c.timings.values() for t in by.values() if "host" in t}
    return Table("Time", ("memory", "time steps of a read", "time steps of a write",
                          "simulator time of a read, ms"),
                 rows([(m, k.read.timesteps, k.write.timesteps,
                        None if k.read_seconds is None else k.read_seconds * 1e3)
                       for m, k in found.items()]),
                 "Of a query or an item. Simulator time says how fast this program ran on "
                 f"{'; '.join(sorted(hosts)) or 'a machine that is not known'}, as the median of 5 "
                 "reads of the last condition, and nothing of hardware; it is not sealed in the "
                 "records.")


def energies(c: Comparison, found: dict[str, Cost]) -> list[Table]:
    """Ranges by target, of a read and of a write, and where the numbers come from."""
    def of(m: str, phase: str) -> list[Cell]:
        ops = getattr(found[m], phase)
        spiking = bool(c.memory_about(m).get("spiking"))
        return [_range(e.low, e.nominal, e.high) for e in energy(ops, spiking)]
    head = ("memory", *(t.name for t in TARGETS))
    made = [Table(f"Energy of a {phase}, estimated, pJ", head,
                  [[cell(m), *of(m, phase)] for m in found],
                  "low - nominal - high; a dash where a target does not do it. "
                  + " ".join(CAVEATS)) for phase in ("read", "write")]
    return [*made, Table("Sources of the energies", ("target", "source", "read it with care"),
                         rows([(t.name, t.source, t.caveat) for t in TARGETS]) if found else ())]


def _range(low: float | None, nominal: float | None, high: float | None) -> Cell:
    if low is None or nominal is None or high is None:
        return Cell("-")
    return Cell(" - ".join(number(x, 3) for x in (low, nominal, high)), nominal)


def left_out(c: Comparison) -> Table:
    """What was skipped or failed, with the reason."""
    return Table("Not measured", ("memory", "", "why", "seeds"),
                 rows([(m, status, why, ", ".join(map(str, seeds)))
                       for m, status, why, seeds in c.without()]))


def points(c: Comparison, name: str) -> Table:
    """A metric in every condition, with what theory says."""
    def row(at: tuple[tuple[str, float | str], ...]) -> list[Cell]:
        made = [cell(said(at))]
        for m in c.memories:
            found = cell(estimate(list(c.metric(m, at, name).values())))
            known = c.theory(m, at, name)
            made.append(found if known is None else
                        Cell(f"{found.text} (theory {number(known)})", found.value))
        return made
    return Table(f"{name} in every condition", ("condition", *c.memories),
                 [row(at) for at in c.conditions], INTERVAL, long=True)
