"""Random networks give the same bits on the fast backend as on the reference."""

from __future__ import annotations

from typing import Any

from conformance.compare import TOLERANCE, differences
from conformance.networks import STEPS, random_numbers, random_structures
from conformance.scenario import STEP
from hypothesis import HealthCheck, given, settings

import engram as eg

# a new structure is compiled first, which takes seconds: no deadline, and few of them
PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def _agree(network: Any) -> None:
    runs = [eg.simulate(network, STEPS*STEP, backend=b, seed=5) for b in ("numba", "reference")]
    assert differences(*runs, TOLERANCE["reference"]) == []


@given(random_numbers())
@settings(max_examples=40, **PATIENT)
def test_random_numbers(network: Any) -> None:
    _agree(network)


@given(random_structures())
@settings(max_examples=6, derandomize=True, **PATIENT)
def test_random_structures(network: Any) -> None:
    _agree(network)
