"""`engram verify`: the same network on several backends, compared with the first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..backends.simulation import simulate
from ..simulator.errors import DescriptionError, MissingPackageError, UnsupportedError
from ..simulator.results import Results
from ..simulator.units import text
from .catalogue import Prepared
from .compare import AGREE, VERDICTS, Comparison, compare
from .progress import stage
from .run_command import check_backend, ready
from .text_table import text_table


@dataclass(frozen=True)
class Verdict:
    """One backend beside the first: what was found, or why it was not run."""

    backend: str
    comparison: Comparison | None
    refused: str = ""

    @property
    def word(self) -> str:
        """One of VERDICTS, or 'refused'."""
        return self.comparison.verdict if self.comparison else "refused"


def verify(name: str, backends: Sequence[str], duration: str | None, dt: str | None, seed: int,
           quiet: bool, as_json: bool) -> int:
    """Run on each; 0 if all agree with the first, else 1."""
    if len(set(backends)) < 2 or len(set(backends)) != len(backends):
        raise DescriptionError(f"--backends {','.join(backends)!r}: name two or more, each once, "
                               "such as reference,numba")
    for backend in backends:
        check_backend(backend)
    prepared = ready(name, duration, dt)
    first = _run(prepared, backends[0], seed, quiet)
    verdicts = [_verdict(prepared, first, backend, seed, quiet) for backend in backends[1:]]
    agreed = all(v.word in AGREE for v in verdicts)
    if as_json:
        print(json.dumps(_record(prepared, backends[0], seed, first, verdicts, agreed)))
    elif not quiet:
        print(_report(prepared, backends[0], seed, first, verdicts, agreed))
    return 0 if agreed else 1


def _run(prepared: Prepared, backend: str, seed: int, quiet: bool) -> Results:
    with stage(f"running on {backend}", quiet):
        run = simulate(prepared.network, prepared.duration, backend, seed=seed)
    if run.provenance["interrupted"]:
        raise KeyboardInterrupt
    return run


def _verdict(prepared: Prepared, first: Results, backend: str, seed: int,
             quiet: bool) -> Verdict:
    try:
        return Verdict(backend, compare(first, _run(prepared, backend, seed, quiet)))
    except (UnsupportedError, MissingPackageError) as problem:
        return Verdict(backend, None, str(problem))


def _record(prepared: Prepared, backend: str, seed: int, first: Results,
            verdicts: Sequence[Verdict], agreed: bool) -> dict[str, Any]:
    return {"network": prepared.network.name, "first": backend, "seed": seed, "dt_s": first.dt,
            "steps": first.steps, "spikes": sum(len(s) for s in first.spikes.values()),
            "agree": agreed,
            "backends": {v.backend: {"verdict": v.word, "refused": v.refused,
                                     **(asdict(v.comparison) if v.comparison else {})}
                         for v in verdicts}}


def _report(prepared: Prepared, backend: str, seed: int, first: Results,
            verdicts: Sequence[Verdict], agreed: bool) -> str:
    total = sum(len(s) for s in first.spikes.values())
    parts = [f"{prepared.network.name}: {first.steps} steps of {first.dt * 1e3:g} ms, seed {seed}, "
             f"{total:,} spikes on {backend}"]
    for v in verdicts:
        body = v.refused if v.comparison is None else _table(backend, v.backend, v.comparison)
        parts.append(f"{v.backend} against {backend}\n{body}")
    parts.append("\n".join(f"{v.backend}: {v.word}" + (f" ({VERDICTS[v.word]})"
                                                     if v.comparison else "") for v in verdicts))
    parts.append("all agree" if agreed else "not all agree")
    return "\n\n".join(parts)


def _table(first: str, second: str, found: Comparison) -> str:
    rows = [(s.population, s.neurons, s.first, s.second, s.mismatches,
             "-" if s.divergence is None else f"step {s.divergence[0]}, neuron {s.divergence[1]}")
            for s in found.spikes]
    table = text_table(("population", "neurons", f"{first} spikes", f"{second} spikes",
                        "mismatches", "first divergence"), rows)
    worst = found.worst_weight
    if worst is None:
        return table
    return (f"{table}\nlargest weight difference: {text(worst.difference, worst.dim)} in "
            f"{worst.projection}.{worst.variable}, whose largest is "
            f"{text(worst.largest, worst.dim)}")
