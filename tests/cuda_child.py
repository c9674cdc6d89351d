"""Cases of the cuda backend in Numba's simulator, which must be chosen before Python starts.

`python cuda_child.py [--stock] CASE...` prints one JSON object: case -> what went wrong, a list.
With --stock the lanes run as the simulator runs them; else they take turns and races are noticed.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main(names: list[str]) -> dict[str, list[str]]:
    """Run cases by name; an exception is what went wrong."""
    import cuda_turns
    from cuda_cases import cases
    warnings.simplefilter("ignore")  # of NumPy's scalars, where a device is silent
    if "--stock" not in names:
        cuda_turns.install()
    found = cases()
    out = {}
    for name in names:
        if name.startswith("--"):
            continue
        try:
            out[name] = found[name]()
        except Exception as problem:
            out[name] = [f"{type(problem).__name__}: {problem}"]
    return out


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
