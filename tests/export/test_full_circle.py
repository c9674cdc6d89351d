"""The exported memory, run as a script on our PyNN front end, is the memory that was exported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engram as eg
from engram.models import HippocampalCAM

OURS = "import engram.backends.pynn as sim"


@pytest.mark.parametrize("a_plus", ["6.0", "1.0"])
def test_the_board_script_on_the_front_end(a_plus: str, tmp_path: Path) -> None:
    """What is learnt shows: with PyNN's relative A_plus in the script the spikes are others."""
    cam = (HippocampalCAM(cues=5, contents=10).learn(cue=0, content=[0, 1])
           .learn(cue=2, content=[1, 5]).recall(cue=0).recall(content=[5]))
    eg.export(cam.network(), "spinnaker", tmp_path / "x", cam.duration)
    path = tmp_path / "x" / "run.py"
    script = path.read_text()
    assert script.count("import pyNN.spiNNaker as sim") == 1
    assert script.count("A_plus=6.0") == 2
    path.write_text(script.replace("import pyNN.spiNNaker as sim", OURS)
                    .replace("A_plus=6.0", f"A_plus={a_plus}"))
    done = subprocess.run([sys.executable, "run.py"], cwd=path.parent, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    run = eg.simulate(cam.network(), cam.duration)
    with np.load(path.parent / "spikes.npz") as found:
        equal = [set(zip(found[f"{n}.step"].tolist(), found[f"{n}.i"].tolist(), strict=True))
                 == set(zip(s.step.tolist(), s.i.tolist(), strict=True))
                 for n, s in run.spikes.items()]
    assert len(equal) == 10
    assert all(equal) == (a_plus == "6.0")
