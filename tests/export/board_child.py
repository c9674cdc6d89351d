"""Runs an exported script on sPyNNaker's virtual board and prints what the board would hold.

Call: python board_child.py FOLDER. The home folder must be one of the test's own.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path

import numpy as np
import spynnaker.pyNN as sim
from spynnaker.pyNN.data import SpynnakerDataView


def look() -> dict[str, object]:
    """Shifts, cores, chips and weights, before the tools forget them."""
    frame = sys._getframe()
    while "projections" not in frame.f_globals:
        frame = frame.f_back
    populations, projections = frame.f_globals["populations"], frame.f_globals["projections"]
    used = [p for p in SpynnakerDataView.iterate_placemements()
            if not str(p.vertex).startswith("SYSTEM:")]
    weights = {}
    for name, projection in projections.items():
        rows = np.array(projection.get("weight", format="list"))
        weights[name] = [[int(i), int(j), float(w)] for i, j, w in rows]
    return {
        "shifts": {name: [int(s) for s in p._vertex.get_ring_buffer_shifts()]
                   for name, p in populations.items()
                   if hasattr(p._vertex, "get_ring_buffer_shifts")},
        "cores": len(used), "chips": len({(p.x, p.y) for p in used}), "weights": weights}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    os.chdir(folder)
    end, seen = sim.end, {}

    def end_after_a_look() -> None:
        seen.update(look())
        end()

    sim.end = end_after_a_look
    runpy.run_path(str(folder / "run.py"), run_name="__main__")
    Path("board.json").write_text(json.dumps(seen))
