"""The network of neurons and a sheet of astrocytes: who is joined, and that it runs alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences

import engram as eg
from engram import ms
from engram.models.astrocyte.neuron_glia import EXCITATORY, ROWS, neuron_glia, sheet


def test_a_sheet_joins_the_up_to_eight_neighbours() -> None:
    pre, post = sheet(EXCITATORY, ROWS)
    pairs = set(zip(pre.tolist(), post.tolist(), strict=True))
    assert len(pairs) == len(pre)
    assert {(b, a) for a, b in pairs} == pairs
    apart = np.hypot(pre // ROWS - post // ROWS, pre % ROWS - post % ROWS)
    assert np.allclose(np.unique(apart), [1, np.sqrt(2)])
    many = Counter(Counter(pre.tolist()).values())
    assert many[8] > 0.9*EXCITATORY
    assert many[3] >= 3, "corners"


@pytest.mark.parametrize(("cells", "rows"), [(0, 1), (1, 1), (5, 1), (1, 4), (13, 5), (12, 4)])
def test_a_sheet_of_any_size(cells: int, rows: int) -> None:
    pre, post = sheet(cells, rows)
    places = [divmod(n, rows) for n in range(cells)]
    near = {(a, b) for a, p in enumerate(places) for b, q in enumerate(places)
            if max(abs(p[0] - q[0]), abs(p[1] - q[1])) == 1}
    assert len(pre) == len(near)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == near


def test_what_does_not_fit_is_named() -> None:
    for changes, says in (({"currents": ()}, r"currents=\(\)"), ({"currents": "ab"}, "currents"),
                          ({"currents": [[1.0]]}, "currents="), ({"seed": -1}, "seed .*=-1")):
        with pytest.raises(eg.DescriptionError, match=says):
            neuron_glia(**changes)
    with pytest.raises(eg.DescriptionError, match="rows of a sheet=0"):
        sheet(4, 0)


def test_an_astrocyte_sees_the_mean_of_its_synapses() -> None:
    network = neuron_glia(seed=3)
    incoming = np.bincount(network.projection("exc").connector.post)[:EXCITATORY]
    share = network.projection("territory").parameters["share"]
    np.testing.assert_allclose(share*incoming, 1)
    assert incoming.mean() == pytest.approx(160, abs=1)  # 0.05 of 3200; error of the mean 0.2
    assert network.population("astrocytes").clock == 100
    names = {p.name for p in neuron_glia(astrocytes=False).populations}
    assert names == {"neurons"}


@pytest.fixture(scope="module")
def runs() -> dict[str, Any]:
    """30 ms with strong current, calcium just below the threshold of release."""
    network = neuron_glia(currents=(600,), probes=[
        eg.StateProbe("neurons", ["y_s", "g_a", "gamma_s"], every=50, neurons=[0, 1700, 3199]),
        eg.StateProbe("astrocytes", ["ca", "gamma_a", "j_gap"], every=100)])
    network = replace(network, populations=[replace(p, initial={
        **p.initial, "ca": "(0.4 + 0.1*rand())*umolar", "ip3": "rand()*umolar"})
        if p.name == "astrocytes" else p for p in network.populations])
    return {b: eg.simulate(network, 30*ms, seed=2, backend=b) for b in ("reference", "numba")}


def test_neurons_reach_astrocytes_and_back(runs: dict[str, Any]) -> None:
    run = runs["reference"]
    assert len(run.spikes["neurons"]) > 1000
    assert len(run.spikes["astrocytes"]) > 10
    cells = run.states["astrocytes"].traces
    assert cells["gamma_a"].values[-1].max() > 1e-3, "glutamate binds"
    assert np.abs(cells["j_gap"].values).max() > 0
    step, who = run.spikes["astrocytes"].step[0], run.spikes["astrocytes"].i[0]
    assert step % 100 == 0, "releases fall on the slow clock"
    assert 0 <= who < EXCITATORY


def test_numba_is_the_reference(runs: dict[str, Any]) -> None:
    assert differences(runs["numba"], runs["reference"], TOLERANCE["reference"]) == []
