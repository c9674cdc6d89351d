"""Every planted error is noticed by some scenario, and the package as it is by none."""

from __future__ import annotations

from collections import defaultdict

import pytest
from conformance.mutants import Copy
from conformance.mutants_table import MUTANTS


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("mutants"))


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 24
    assert {m.file.split("/")[0] for m in MUTANTS.values()} == {"simulator", "backends"}
    assert {m.backend for m in MUTANTS.values()} == {"reference", "numba"}


def test_nothing_is_noticed_without_an_error(copy: Copy) -> None:
    """With the witnesses that the mutants are judged by; the copy's kernels get compiled here."""
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for m in MUTANTS.values():
        used[m.backend, m.witness] |= set(m.scenarios)
    for (backend, witness), scenarios in used.items():
        found = copy.judge(backend, witness, tuple(sorted(scenarios)))
        assert found == dict.fromkeys(sorted(scenarios), "")


@pytest.mark.parametrize("name", MUTANTS)
def test_the_error_is_noticed(name: str, copy: Copy) -> None:
    found = copy.plant(MUTANTS[name])
    assert any(found.values()), f"none of {', '.join(found)} noticed it"
