"""What is accepted beyond PyNN: each row of the table met once, with its warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engram
import engram.backends.pynn as sim
from engram.backends.pynn.dialect import ACCEPTED

PAGE = Path(engram.__file__).parent / "docs" / "pynn.md"


def neurons(n=2, **options):
    return sim.Population(n, sim.IF_curr_exp(tau_refrac=1.0), label="cells", **options)


def positive():
    p = neurons()
    sim.Projection(p, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0),
                   receptor_type="inhibitory")


def board():
    positive()
    sim.run(1.0)


def short():
    p = neurons()
    sim.Projection(p, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=1.26),
                   receptor_type="excitatory")
    sim.run(1.0)


def times(*given):
    sim.Population(1, sim.SpikeSourceArray(spike_times=list(given)))
    sim.run(1.0)


def gsyn():
    p = neurons()
    p.record("gsyn_exc")
    sim.run(1.0)


def table():
    p = neurons()
    p.record("v")
    sim.run(1.0)
    assert p.spinnaker_get_data("v").shape == (22, 3)  # 11 samples of 2 neurons


def attributes():
    synapse = sim.StaticSynapse(weight=2.5, delay=3.0)
    assert (synapse.weight, synapse.delay) == (2.5, 3.0)
    with pytest.raises(AttributeError, match="StaticSynapse has no attribute 'receptor'"):
        synapse.receptor  # noqa: B018


MET = {
    "attributes of synapse types": attributes,
    "positive inhibitory weights": positive,
    "arithmetic of boards": board,
    "state variables in set": lambda: neurons().set(v=-60.0),
    "views": lambda: sim.PopulationView(neurons(5), range(1, 3)),
    "neurons per core": lambda: sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64),
    "additional parameters": lambda: neurons(additional_parameters={"rng": 1}),
    "placement": lambda: neurons(neurons_per_core=3),
    "setup option": lambda: sim.setup(n_boards_required=1),
    "delay rounded": short,
    "refractory period rounded": lambda: (sim.Population(
        1, sim.IF_curr_exp(tau_refrac=0.25)), sim.run(1.0)),
    "spike times rounded": lambda: times(0.53),
    "spikes merged": lambda: times(0.5, 0.5),
    "gsyn of current synapses": gsyn,
    "spinnaker_get_data": table,
    "extra_models": lambda: sim.extra_models.SpikeNearestPairRule(),
}


@pytest.mark.parametrize("what", ACCEPTED)
@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_each_is_accepted_with_its_warning(what):
    sim.setup(timestep=0.1)
    with pytest.warns(sim.PyNNWarning) as met:
        MET[what]()
    assert any(ACCEPTED[what] in str(w.message) for w in met)


def test_the_page_has_the_table():
    page = PAGE.read_text(encoding="utf-8")
    for what in ACCEPTED:
        assert f"| {what} |" in page, what


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_views_of_every_kind_are_the_same_neurons():
    sim.setup()
    p = neurons(6)
    wanted = [1, 2, 3]
    for chosen in (slice(1, 4), range(1, 4), (1, 2, 3), iter(wanted), wanted, np.array(wanted)):
        assert [p.id_to_index(c) for c in sim.PopulationView(p, chosen)] == wanted
    assert sim.PopulationView(p, 4).size == 1
    assert [p.id_to_index(c) for c in p[range(1, 4)]] == wanted


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_positive_and_negative_inhibition_are_the_same():
    def v(weight, **options):
        sim.setup(timestep=1.0, **options)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
        p = neurons(1)
        p.record("v")
        sim.Projection(source, p, sim.OneToOneConnector(),
                       sim.StaticSynapse(weight=weight, delay=1.0), receptor_type="inhibitory")
        sim.run(20.0)
        return p.get_data().segments[0].analogsignals[0].magnitude
    np.testing.assert_array_equal(v(2.0, dialect="pynn"), v(-2.0))
    assert v(-2.0).min() < -65


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_values_set_through_set_are_where_the_run_begins():
    sim.setup(timestep=0.1)
    p = neurons(2)
    p.record("v")
    p.set(v=-60.0)
    p[1:].set(v=-58.0, tau_m=10.0)
    sim.run(1.0)
    assert p.get_data().segments[0].analogsignals[0].magnitude[0].tolist() == [-60.0, -58.0]
    assert p.get("tau_m").tolist() == [20.0, 10.0]


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_a_word_in_the_middle_of_a_run_does_not_change_the_neurons():
    def v(*words):
        sim.setup(timestep=1.0)
        p = sim.Population(1, sim.IF_curr_exp(tau_syn_E=0.5, tau_refrac=1.0))
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[8.0]))
        p.record("v")
        sim.Projection(source, p, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=1.0))
        for word in words[:1]:
            word(p)
        sim.run(5.0)
        for word in words[1:]:
            word(p)
        sim.run(10.0)
        return p.get_data().segments[0].analogsignals[0].magnitude

    def nothing(p):
        p.initialize(v=-65.0)

    def dialect(p):
        p.set(v=-65.0, i_offset=0.0)
    np.testing.assert_array_equal(v(nothing, dialect), v())
    assert not np.array_equal(v(dialect), v())


def test_everything_is_recorded_at_a_word():
    sim.setup(timestep=0.1)
    p = neurons(1)
    p.record("all")
    sim.run(1.0)
    segment = p.get_data().segments[0]
    assert {x.name for x in segment.analogsignals} == {"v", "isyn_exc", "isyn_inh"}
    assert len(segment.spiketrains) == 1


def test_without_pynn_the_extra_is_named():
    program = """
import sys
sys.modules["pyNN"] = None
try:
    import engram.backends.pynn
except ImportError as problem:
    print(type(problem).__name__, problem)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout.startswith("MissingPackageError")
    assert "pip install 'engram[pynn]'" in done.stdout
