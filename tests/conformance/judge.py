"""Run scenarios in whatever package `engram` is on the path; say which notice an error.

`python judge.py BACKEND WITNESS SCENARIO...` prints the file of the package, then a line for each
scenario: its name, and how it noticed, empty where it did not.
"""

from __future__ import annotations

import sys
from typing import Any

from conformance.compare import TOLERANCE, differences
from conformance.scenarios import SCENARIOS

import engram as eg

SEED = 3


def verdict(name: str, backend: str, witness: str) -> str:
    """How a run of the scenario gives an error away; empty if it does not."""
    s = SCENARIOS[name]

    def run(on: str) -> Any:
        return eg.simulate(s.build(), s.duration, backend=on, seed=SEED)
    try:
        got = run(backend)
        if s.answer is not None:
            s.answer(got)
    except AssertionError:
        return "known answer"
    except Exception as problem:
        return f"fails: {type(problem).__name__}"
    if not witness:
        return ""
    found = differences(got, run(witness), TOLERANCE[witness])
    return f"{witness}: {found[0]}" if found else ""


if __name__ == "__main__":
    print(eg.__file__)
    for scenario in sys.argv[3:]:
        print(f"{scenario}\t{verdict(scenario, *sys.argv[1:3])}", flush=True)
