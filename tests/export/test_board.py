"""The hippocampal memory on sPyNNaker's virtual board: it maps, and holds what was predicted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from export_runs import environment

import engram as eg
from engram import ms, mV, nA
from engram.backends.export.context import Context
from engram.backends.export.dialects import DIALECTS
from engram.backends.export.view import view
from engram.models import (
    IZHIKEVICH,
    LIF_COND_EXP,
    LIF_CURR_ALPHA,
    LIF_CURR_EXP,
    LIF_DELTA,
    HippocampalCAM,
    static,
    stdp_nearest,
)

CONFIGURATION = """[Machine]
version = 5
virtual_board = True
[Reports]
default_report_file_path = {reports}
write_network_graph = False
[Mode]
mode = Debug
"""


OTHERS = [("alpha", LIF_CURR_ALPHA, "h_exc", "h_inh", "amp", 3*nA),
          ("delta", LIF_DELTA, "v", "v", "volt", 3*mV),
          ("conductance", LIF_COND_EXP, "g_exc", "g_inh", "siemens", 5*eg.units.UNITS["nsiemens"]),
          ("izhikevich", IZHIKEVICH, "i_exc", "i_inh", "volt/second", 5*mV/ms)]
"""Every other cell of the board, with excitatory and inhibitory input."""


def memory() -> eg.Network:
    """The CAM, and 300 neurons beside it: more than a core, with weights that 16 bits bend.

    One of the delays is longer than 64 neurons on a core leave room for.
    """
    cam = HippocampalCAM(cues=5, contents=10).learn(cue=0, content=[0, 1, 8, 9]).recall(cue=0)
    network = cam.network()
    rng = np.random.default_rng(3)
    more = [eg.Population("more", 300, LIF_CURR_EXP)]
    joins = []
    pre, post = np.nonzero(rng.random((15, 300)) < 0.3)
    for name, to, top, delay in (("to_exc", "i_exc", 5.0, 2), ("to_inh", "i_inh", 50.0, 129)):
        joins.append(eg.Projection(name, "input", "more", eg.FromArrays(pre, post), static(to),
                                   {"w": rng.uniform(0.01, top, len(pre)) * nA}, delay=delay*ms))
    for name, model, exc, inh, unit, one in OTHERS:
        more.append(eg.Population(name, 12, model))
        weights = np.linspace(0.1, 1.0, 180) * one
        joins.append(eg.Projection(f"{name}_exc", "input", name, eg.AllToAll(), static(exc, unit),
                                   {"w": weights}, delay=1*ms))
        joins.append(eg.Projection(f"{name}_inh", "input", name, eg.AllToAll(), static(inh, unit),
                                   {"w": (-one if inh == exc else one)}, delay=3*ms))
    more.append(eg.Population("nearest", 12, LIF_CURR_EXP))
    joins.append(eg.Projection("to_nearest", "input", "nearest", eg.AllToAll(),
                               stdp_nearest("i_exc"), {"w_max": 3*nA, "w": 1.3*nA}, delay=2*ms))
    return replace(network, populations=[*network.populations, *more],
                   projections=[*network.projections, *joins])


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the tools say after mapping the exported script, and the report of the export."""
    home = tmp_path_factory.mktemp("home")
    (home / "reports").mkdir()
    (home / ".spynnaker.cfg").write_text(CONFIGURATION.format(reports=f"{home / 'reports'}/"))
    report = eg.export(memory(), "spinnaker", home / "export", 60*ms)
    child = Path(__file__).with_name("board_child.py")
    done = subprocess.run([sys.executable, str(child), str(home / "export")], check=False,
                          capture_output=True, text=True, env=environment(home), cwd=home)
    assert done.returncode == 0, done.stderr[-4000:]
    return {**json.loads((home / "export" / "board.json").read_text()), "report": report}


def predicted() -> Context:
    return Context(view(memory(), 60), DIALECTS["spinnaker"])


def test_shifts_are_those_of_the_tools(board: dict[str, Any]):
    ours = predicted().shifts
    assert {n: tuple(s) for n, s in board["shifts"].items()} == ours
    assert ours["cue_content"] == (7, 9)  # 10 weights of 6 and of w_max; 9 of 60
    table = {(w["population"], w["receptor"]): w["shift"] for w in board["report"].weights}
    assert table["cond", "inhibitory"] == board["shifts"]["cond"][1]
    assert len(table) == 22


def test_stored_weights_are_those_of_the_tools(board: dict[str, Any]):
    stored = predicted().stored
    assert set(stored) == set(board["weights"])
    bent = 0
    for name, rows in board["weights"].items():
        got = np.array([w for *_, w in sorted(rows)])
        np.testing.assert_array_equal(got, stored[name])
        bent += int(np.sum(got != np.round(got, 6)))
    assert bent > 1000, "some weights must be bent by 16 bits to mean anything"


def test_cores_and_chips_are_as_predicted(board: dict[str, Any]):
    need = board["report"].need
    assert need.per_core["more"] == 5  # 300 neurons of a cell that learns elsewhere: 64 on a core
    assert need.per_core["input"] == 2  # one more, for delays
    assert (need.cores, need.chips) == (board["cores"], board["chips"])
    assert 0 < need.energy_low < need.energy_high
