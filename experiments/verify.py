"""`engram.verify`: one network on several backends, each compared with the first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..backends.simulation import BACKENDS, simulate
from ..simulator.atomic import PathLike
from ..simulator.clock import steps
from ..simulator.errors import DescriptionError, MissingPackageError, UnsupportedError
from ..simulator.lower import lower
from ..simulator.network import Network
from ..simulator.plan import Plan
from ..simulator.probes import SpikeProbe, StateProbe
from ..simulator.results import Results
from .divergence import divergences
from .divergence_explain import Explanation, explain
from .divergence_rerun import Runner
from .equivalence import VERDICTS, Equivalence, check_required, equivalence
from .script import prepare

FILES = ("report.json", "report.txt", "report.png")
"""What `Verification.save` leaves in a folder."""


@dataclass(frozen=True)
class Pair:
    """One backend beside the first: what was found, or why it was not run (`refused`).

    `explanations` hold the first divergence of each population, the earliest first.
    """

    label: str
    found: Equivalence | None
    explanations: tuple[Explanation, ...] = ()
    run: Results | None = None
    refused: str = ""

    @property
    def verdict(self) -> str:
        """One of `equivalence.VERDICTS`, or 'refused'."""
        return "refused" if self.found is None else self.found.verdict


@dataclass(frozen=True)
class Verification:
    """What `verify` found: the run on the `first` backend, and a Pair for each of the others."""

    network: Network
    label: str
    first: Results
    pairs: tuple[Pair, ...]
    seed: int
    require: str
    allow_refused: bool

    @property
    def verdict(self) -> str:
        """The weakest of all; 'refused' where a backend refused, unless that is allowed."""
        found = [p.verdict for p in self.pairs if p.found is not None]
        if not found or (len(found) < len(self.pairs) and not self.allow_refused):
            return "refused"
        return max(found, key=list(VERDICTS).index)

    @property
    def agrees(self) -> bool:
        """Whether every backend reaches the required verdict."""
        return self.verdict != "refused" and all(
            p.found.reaches(self.require) for p in self.pairs if p.found is not None)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain numbers and texts: what report.json holds."""
        from .verify_report import as_record
        return as_record(self)

    def text(self) -> str:
        """The report for people."""
        from .verify_report import report
        return report(self)

    def figure(self, path: PathLike, label: str | None = None) -> None:
        """Draw one comparison (the backend's label; None: the first that differs) to a file."""
        from .figures import save
        from .verify_figure import draw
        save(draw(self, label), path)

    def save(self, folder: PathLike, overwrite: bool = False) -> None:
        """A new folder with FILES, whole or not at all. ArchiveError if it cannot be made."""
        from .run_folder import new_folder
        with new_folder(Path(folder), overwrite, FILES[0]) as place:
            write(self, place)


def write(found: Verification, folder: Path) -> None:
    """FILES into an empty folder."""
    (folder / FILES[0]).write_text(json.dumps(found.to_dict(), indent=2) + "\n", encoding="utf-8")
    (folder / FILES[1]).write_text(found.text() + "\n", encoding="utf-8")
    found.figure(folder / FILES[2])


Stage = Callable[[str], AbstractContextManager[None]]
Backends = Sequence[str] | Mapping[str, Mapping[str, Any]]


def verify(network: Network | str, backends: Backends = ("reference", "numba"),
           duration: Any = None, dt: Any = None, seed: int = 0, require: str = "spike-equal",
           allow_refused: bool = False, stage: Stage | None = None) -> Verification:
    """Run `network` on each backend, compare each with the first, and explain where they part.

    `network` may be a name that `engram run` takes; only then may `duration` (a time) be left out.
    `backends` are names, or labels with the arguments of `simulate` for each, such as
    {"one": {"backend": "numba"}, "two": {"backend": "numba", "threads": 2}}. All spikes, and all
    states at the end, are compared, whatever the probes say. `require` is one of `REQUIRABLE`; a
    backend that refuses the network (UnsupportedError, MissingPackageError) counts as below it
    unless `allow_refused`. If the first refuses, that is raised. `stage(text)` may be a context
    shown while something runs.
    """
    check_required(require)
    options = _options(backends)
    network, duration = _network(network, duration, dt)
    told: Stage = stage or (lambda label: nullcontext())
    plan = lower(network, None, seed)
    network = recording_all(network, plan, steps(duration, plan.dt, "duration", least=1))
    given = tuple(p.name for p in plan.populations if not p.threshold)
    runners = {label: _runner(seed, o, told, label) for label, o in options.items()}
    first, *others = options
    run = runners[first](network, duration)
    pairs = []
    for other in others:
        try:
            second = runners[other](network, duration)
        except (UnsupportedError, MissingPackageError) as problem:
            pairs.append(Pair(other, None, refused=str(problem)))
            continue
        with told(f"comparing {other} with {first}"):
            found = equivalence(run, second, given)
        why = _explanations(network, plan, found, (run, second),
                            (runners[first], runners[other]), (first, other))
        pairs.append(Pair(other, found, why, second))
    return Verification(network, first, run, tuple(pairs), seed, require, allow_refused)


def recording_all(network: Network, plan: Plan, steps: int) -> Network:
    """The network with every spike recorded, and every state at the end of a run; probes are kept.

    A probe that comes back once, after `steps` - 1 steps, costs two rows whatever the run.
    """
    probed = {(p.population, n) for p in network.probes if isinstance(p, StateProbe)
              for n in p.variables}
    listed = {p.population for p in network.probes if isinstance(p, SpikeProbe)}
    more: list[Any] = [SpikeProbe(p.name) for p in network.populations if p.name not in listed]
    for p in plan.populations:
        names = [n for n in p.state if (p.name, n) not in probed]
        if names and p.size:
            more.append(StateProbe(p.name, names, every=max(steps - 1, 1)))
    return replace(network, probes=[*network.probes, *more])


def _explanations(network: Network, plan: Plan, found: Equivalence, runs: tuple[Results, Results],
                  runners: tuple[Runner, Runner], labels: tuple[str, str],
                  ) -> tuple[Explanation, ...]:
    compared = {s.population: s for s in found.spikes}
    return tuple(explain(network, plan, moment, compared[moment.population], runs[0].steps,
                         runners, labels, rerun=not n)
                 for n, moment in enumerate(divergences(found, plan, *runs)))


def _network(network: Network | str, duration: Any, dt: Any) -> tuple[Network, Any]:
    if isinstance(network, str):
        prepared = prepare(network, duration)
        network, duration = prepared.network, prepared.duration
    if not isinstance(network, Network):
        raise DescriptionError(f"{network!r} is not a Network, nor the name of one")
    if duration is None:
        raise DescriptionError(f"network {network.name!r}: say how long to run, such as "
                               "duration=100*ms")
    return network if dt is None else replace(network, dt=dt), duration


def _options(backends: Backends) -> dict[str, dict[str, Any]]:
    """By label, what `simulate` is told; DescriptionError unless two backends are known."""
    if isinstance(backends, Mapping):
        options = {label: {"backend": label, **o} for label, o in backends.items()}
    else:
        options = {name: {"backend": name} for name in backends}
    if len(options) < 2 or len(options) != len(backends):
        raise DescriptionError(f"backends {','.join(map(str, backends))!r}: name two or more, each "
                               "once, such as reference,numba")
    for o in options.values():
        if o["backend"] not in BACKENDS:
            raise DescriptionError(f"backend {o['backend']!r} is not known; there are "
                                   f"{', '.join(BACKENDS)}")
    return options


def _runner(seed: int, options: Mapping[str, Any], told: Stage, label: str) -> Runner:
    def run(network: Network, duration: Any) -> Results:
        with told(f"running on {label}"):
            found: Results = simulate(network, duration, seed=seed, **options)
        if found.provenance["interrupted"]:
            raise KeyboardInterrupt
        return found
    return run

