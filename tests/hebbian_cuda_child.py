"""Cases of the CUDA twins in Numba's simulator, which must be chosen before Python starts.

`python hebbian_cuda_child.py [CASE...]` prints one JSON object: case -> what went wrong, a list.
Lanes take turns and races are noticed (cuda_turns.py). Without a name all cases run.
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
    from hebbian_cuda_cases import cases
    warnings.simplefilter("ignore")  # of NumPy's scalars, where a device is silent
    cuda_turns.install()
    found, out = cases(), {}
    for name in names or found:
        try:
            out[name] = found[name]()
        except Exception as problem:
            out[name] = [f"{type(problem).__name__}: {problem}"]
    return out


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
