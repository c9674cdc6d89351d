"""Errors planted in the torch backend, one at a time: a scenario notices each."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.mutants import Copy
from conformance.mutants_table import Mutant

LIVE, ENGINE, SUMS = ("backends/torch/live.py", "backends/torch/engine.py",
                      "kernels/ordered_sum_torch.py")


def mutant(name: str, file: str, old: str, new: str, *scenarios: str) -> Mutant:
    """An error that must show against the reference, or in a known answer."""
    return Mutant(name, file, ((old, new),), scenarios, "torch", "reference")


MUTANTS = [
    mutant("refractory one step short", ENGINE, "less = (self.rest[n] - 1).clamp_(min=0)",
           "less = (self.rest[n] - 2).clamp_(min=0)", "refractory_input"),
    mutant("input reaches what is held", ENGINE,
           "if self.rest[n] is not None and variable in self.plan.populations[n].held:",
           "if False:", "refractory_input"),
    mutant("a matrix product for the ordered sum", SUMS,
           "        return _compiled(base, spikes, values, table)",
           "        return base + _product(spikes, values, table)", "sum_order"),
    mutant("post events a step late", LIVE, "s = e.fired[q.target][-1 - q.dendritic_steps]",
           "s = e.fired[q.target][-2 - q.dendritic_steps]", "stdp_f_050"),
    mutant("one mask for all delays of a neuron", LIVE, "each = self._arrived()",
           "each = self.at_post(e.fired[q.target][-2])", "stdp_mixed"),
    mutant("times of events forgotten", LIVE,
           "self.last = torch.where(each.detach() > 0.5, k, self.last)", "pass", "own_dynamics"),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("planted"))


@pytest.mark.parametrize("m", MUTANTS, ids=lambda m: m.name)
def test_it_is_noticed(package: Copy, m: Mutant) -> None:
    found = package.plant(m)
    assert all(found.values()), found


def test_without_them_nothing_is_noticed(package: Copy, tmp_path: Path) -> None:
    names = tuple({s for m in MUTANTS for s in m.scenarios})
    assert not any(package.judge("torch", "reference", names).values())
