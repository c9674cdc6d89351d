"""Weights and shifts of the emulator against sPyNNaker's virtual board, which is the tool chain."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spinnaker_boards as boards

import engram as eg
from engram.backends.spinnaker import quantised_weights, shifts
from engram.models import LIF_COND_EXP, LIF_CURR_EXP, static, stdp_additive

UNIT = {False: 1e-9, True: 1e-6}  # nA, uS


@pytest.fixture(scope="module")
def given():
    return boards.draw(7)


@pytest.fixture(scope="module")
def board(given, tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    np.savez(folder / "networks.npz", **given)
    (folder / ".spynnaker.cfg").write_text(boards.CONFIGURATION.format(home=folder))
    done = subprocess.run([sys.executable, Path(boards.__file__), folder], cwd=folder,
                          env={**os.environ, "HOME": str(folder)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return np.load(folder / "board.npz")


def network(given):
    populations, projections = [], []
    for n in range(boards.NETWORKS):
        size = given[f"sizes_{n}"].tolist()
        cond = bool(given[f"conductance_{n}"])
        model = LIF_COND_EXP if cond else LIF_CURR_EXP
        populations += [eg.Population(f"trains_{n}", size[0], eg.SpikeTimes([0], [1] * eg.ms)),
                        eg.Population(f"poisson_{n}", size[1],
                                      eg.Poisson(float(given[f"rate_{n}"]) * eg.Hz)),
                        eg.Population(f"cells_{n}", size[2], model)]
        for p in ("exc", "inh", "noise", "plastic"):
            if f"{p}_{n}" not in given:
                continue
            pre, post, weight, delay = given[f"{p}_{n}"].T
            variable = f"{'g' if cond else 'i'}_{'inh' if p == 'inh' else 'exc'}"
            unit = eg.siemens if cond else eg.amp
            synapse, more = static(variable, "siemens" if cond else "amp"), {}
            if p == "plastic":
                synapse = stdp_additive(variable, "siemens" if cond else "amp")
                more = {"w_max": given[f"w_max_{n}"] * UNIT[cond] * unit}
            source = f"poisson_{n}" if p == "noise" else f"trains_{n}"
            projections.append(eg.Projection(
                f"{p}_{n}", source, f"cells_{n}",
                eg.FromArrays(pre.astype(int), post.astype(int)), synapse,
                {"w": weight * UNIT[cond] * unit, **more}, delay=delay * eg.ms))
    return eg.Network(populations, projections, dt=1 * eg.ms)


def test_weights_and_shifts_are_those_of_the_tool_chain(given, board):
    net = network(given)
    found, weights = shifts(net), quantised_weights(net)
    assert len({s for n in range(boards.NETWORKS) for s in found[f"cells_{n}"]}) > 5, (
        "networks of one shift would show little")
    wrong = [n for n in range(boards.NETWORKS)
             if list(found[f"cells_{n}"]) != board[f"shifts_{n}"].tolist()]
    assert not wrong
    for name, values in weights.items():
        np.testing.assert_array_equal(board[name][:, 2], values, err_msg=name)
    assert any((w == 0).any() for w in weights.values()), "some weight should have vanished"
