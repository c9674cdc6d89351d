"""Connections: what connectors make, and getting and setting their attributes."""

from __future__ import annotations

import numpy as np
import pytest
from pyNN import errors
from pyNN.random import NumpyRNG

import engram.backends.pynn as sim
from engram.simulator.errors import DescriptionError


@pytest.fixture(autouse=True)
def _begin():
    sim.setup(timestep=0.1)


def population(n, **parameters):
    return sim.Population(n, sim.IF_curr_exp(**parameters))


def pairs(projection):
    return sorted((i, j) for i, j, _ in projection.get("weight", "list"))


@pytest.mark.parametrize(("connector", "expected"), [
    (sim.OneToOneConnector(), [(0, 0), (1, 1), (2, 2)]),
    (sim.AllToAllConnector(), [(i, j) for i in range(3) for j in range(3)]),
    (sim.AllToAllConnector(allow_self_connections=False),
     [(i, j) for i in range(3) for j in range(3) if i != j]),
    (sim.FromListConnector([(2, 0), (0, 1), (2, 0)]), [(0, 1), (2, 0), (2, 0)]),
    (sim.ArrayConnector(np.eye(3, dtype=bool)[::-1]), [(0, 2), (1, 1), (2, 0)]),
    (sim.DistanceDependentProbabilityConnector("d > 1.5"), [(0, 2), (2, 0)]),
    (sim.FixedProbabilityConnector(0.0), [])])
def test_connectors(connector, expected):
    p = population(3)
    assert pairs(sim.Projection(p, p, connector, sim.StaticSynapse(weight=0.1))) == expected


@pytest.mark.parametrize(("connector", "axis"), [
    (sim.FixedNumberPreConnector(2, rng=NumpyRNG(1)), 0),
    (sim.FixedNumberPostConnector(2, rng=NumpyRNG(1)), 1)])
def test_fixed_numbers(connector, axis):
    made = sim.Projection(population(5), population(4), connector, sim.StaticSynapse(weight=1.0))
    assert np.all(np.sum(~np.isnan(made.get("weight", "array")), axis=axis) == 2)


def test_one_to_one_of_single_neurons():
    """PyNN's own connector fails here with NumPy 2.1 and later."""
    made = sim.Projection(population(1), population(1), sim.OneToOneConnector())
    assert len(made) == 1


def test_views_and_assemblies_connect_the_neurons_they_are_of():
    """What a view's connection reaches is seen in the neuron, not in the index alone."""
    a, b = population(4), population(3)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], [5.0]]))
    both = a[[1, 3]] + b
    sim.Projection(source[1:], both, sim.FromListConnector([(0, 1), (0, 2)]),
                   sim.StaticSynapse(weight=1.0, delay=1.0))
    a.record("v")
    b.record("v")
    sim.run(10.0)
    moved = [np.ptp(p.get_data().segments[0].analogsignals[0].magnitude, axis=0) > 0
             for p in (a, b)]
    assert [m.tolist() for m in moved] == [[False, False, False, True], [True, False, False]]


def test_attributes_can_be_set_by_number_matrix_list_and_distance():
    p = population(2)
    q = sim.Projection(p, population(3), sim.AllToAllConnector(),
                       sim.StaticSynapse(weight=0.5, delay=1.0))
    q.set(weight=0.25)
    assert set(q.get("weight", "list", with_address=False)) == {0.25}
    table = np.arange(6.0).reshape(2, 3)
    q.set(weight=table)
    np.testing.assert_array_equal(q.get("weight", "array"), table)
    q.set(delay=lambda d: 0.5 + d)
    np.testing.assert_array_equal(q.get("delay", "array"), [[0.5, 1.5, 2.5], [1.5, 0.5, 1.5]])
    first = next(iter(q.connections))
    first.weight = 7.0
    assert q.get("weight", "array")[first.presynaptic_index, first.postsynaptic_index] == 7.0
    with pytest.raises(AttributeError, match=r"has no 'colour'; it has weight, delay"):
        _ = first.colour


def test_several_connections_of_a_pair():
    q = sim.Projection(population(1), population(1), sim.FromListConnector(
        [(0, 0, 0.1, 1.0), (0, 0, 0.3, 1.0)]), sim.StaticSynapse())
    found = {how: float(q.get("weight", "array", multiple_synapses=how)[0, 0])
             for how in ("sum", "min", "max", "first", "last")}
    assert found == {"sum": 0.4, "min": 0.1, "max": 0.3, "first": 0.1, "last": 0.3}


def test_saved_connections_read_back(tmp_path):
    p = population(3)
    q = sim.Projection(p, p, sim.FixedProbabilityConnector(0.6, rng=NumpyRNG(2)),
                       sim.StaticSynapse(weight=lambda d: 0.1 + d, delay=0.4))
    path = str(tmp_path / "connections.txt")
    q.save("connections", path)
    r = sim.Projection(p, p, sim.FromFileConnector(path), sim.StaticSynapse())
    assert sorted(r.get(["weight", "delay"], "list")) == sorted(q.get(["weight", "delay"], "list"))


def test_weights_of_a_learning_projection_are_the_present_ones_and_can_be_set():
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 30.0]))
    p = population(1, i_offset=1.0)
    rule = sim.STDPMechanism(sim.SpikePairRule(A_plus=0.1, A_minus=0.1),
                             sim.AdditiveWeightDependence(w_max=0.4), weight=0.2, delay=1.0)
    q = sim.Projection(source, p, sim.AllToAllConnector(), rule)
    sim.run(40.0)
    learnt = q.get("weight", "list", with_address=False)[0]
    assert learnt != 0.2
    q.set(weight=0.3)
    assert q.get("weight", "list", with_address=False) == pytest.approx([0.3], rel=1e-12)
    p.set(i_offset=0.0)  # a new compilation keeps the weight
    sim.run(1.0)
    assert q.get("weight", "list", with_address=False) == pytest.approx([0.3], rel=1e-12)
    sim.reset()
    assert q.get("weight", "list", with_address=False) == pytest.approx([0.3], rel=1e-12)


def test_weights_of_the_wrong_sign_are_refused():
    p = population(2)
    with pytest.raises(errors.ConnectionError, match="must be positive"):
        sim.Projection(p, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=-1.0),
                       receptor_type="excitatory")
    with pytest.raises(errors.ConnectionError, match="must be positive"):
        sim.Projection(p, sim.Population(2, sim.IF_cond_exp()), sim.AllToAllConnector(),
                       sim.StaticSynapse(weight=-1.0), receptor_type="inhibitory")


def test_what_is_not_here_says_what_to_do():
    with pytest.raises(AttributeError, match="no GIF_cond_exp: use EIF_cond_exp_isfa_ista"):
        _ = sim.GIF_cond_exp
    with pytest.raises(AttributeError, match=r"extra_models.StocExp of sPyNNaker is not here"):
        _ = sim.extra_models.StocExp
    with pytest.raises(DescriptionError, match=r"backend='abacus'.*there are .*numba"):
        sim.setup(backend="abacus")
    p = population(2)
    rule = sim.STDPMechanism(sim.Vogels2011Rule(), sim.GutigWeightDependence(), weight=0.1)
    sim.Projection(p, p, sim.AllToAllConnector(), rule)
    with pytest.raises(errors.NoModelAvailableError, match="Vogels2011Rule with Gutig"):
        sim.run(1.0)
