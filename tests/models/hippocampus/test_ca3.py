"""Completion of patterns by CA3, oscillating and regulated."""

from __future__ import annotations

import numpy as np
import pytest
from backends_available import BACKENDS

import engram as eg
from engram import DescriptionError, nA
from engram.models.hippocampus import OscillatoryCA3, RegulatedCA3


def run(memory, backend="reference"):
    return eg.simulate(memory.network(), memory.duration, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_oscillatory_recalls_three_orthogonal_patterns(backend):
    memory = OscillatoryCA3.published()
    result = run(memory, backend)
    got = memory.decode(result)
    assert [str(r) for r in got if not r.ok] == []
    assert [r.recalled for r in got[3:]] == [(0, 1, 2, 3, 4), (10, 11, 12, 13, 14),
                                             (5, 6, 7, 8, 9)]
    assert result.steps == 85


def test_oscillation_goes_on_without_input():
    """The last input of the first recall is at 47 ms; the pattern fires until the next at 57."""
    spikes = run(OscillatoryCA3.published()).spikes["pc"]
    silent = (spikes.step >= 50) & (spikes.step <= 57)
    assert set(spikes.step[silent]) == set(range(50, 58))
    assert set(spikes.i[silent]) == {0, 1, 2, 3, 4}
    after = (spikes.step >= 20 + 1) & (spikes.step < 30)
    assert not after.any(), "learning alone does not start it"


def test_oscillatory_without_recurrence_recalls_nothing():
    from dataclasses import replace
    memory = OscillatoryCA3.published()
    net = memory.network()
    dead = replace(net, projections=tuple(
        replace(q, parameters={**q.parameters, "w_max": 0*nA}) if q.name == "pc_to_pc" else q
        for q in net.projections))
    got = memory.decode(eg.simulate(dead, memory.duration, backend="reference"))
    assert [r.ok for r in got] == [True] * 3 + [False] * 3
    assert all(r.recalled == r.operation.content for r in got[3:])


@pytest.mark.parametrize("backend", BACKENDS)
def test_regulated_learns_under_inhibition_and_recalls_with_frozen_weights(backend):
    memory = RegulatedCA3.published()
    training = eg.simulate(memory.training(), memory.training_duration, backend=backend)
    taught = memory.decode_training(training)
    assert all(r.ok for r in taught)
    assert training.spikes["pc"].counts.sum() == 4 * (13 + 14)  # each repeat, once each
    recall = eg.simulate(memory.network(memory.weights(training)), memory.duration,
                         backend=backend)
    got = memory.decode(recall)
    assert [r.recalled for r in got] == [tuple(range(14)), (*range(1, 13), 14)]
    assert all(r.ok for r in got)
    assert "pc_to_pc" not in recall.weights, "nothing is plastic in recall"


def test_regulated_needs_the_second_presentation():
    """The completing neurons fire after the second spike of the cue, at onset + 5 ms."""
    memory = RegulatedCA3.published()
    training = eg.simulate(memory.training(), memory.training_duration, backend="reference")
    spikes = eg.simulate(memory.network(memory.weights(training)), memory.duration,
                         backend="reference").spikes["pc"]
    completing = spikes.step[np.isin(spikes.i, [9, 10, 11, 12])]
    assert set(completing) == {1 + 5, 15 + 5}


def test_regulated_is_silent_unless_asked():
    memory = RegulatedCA3.published()
    training = eg.simulate(memory.training(), memory.training_duration, backend="reference")
    spikes = training.spikes["pc"]
    assert set(spikes.step) == {t + 1 for t in (1, 11, 21, 31, 51, 61, 71, 81)}


def test_regulated_weights():
    """Pairs of the last pattern end above those that only the first one taught, sent or not."""
    memory = RegulatedCA3.published()
    training = eg.simulate(memory.training(), memory.training_duration, backend="reference")
    w = training.weights["pc_to_pc"].matrix("w") / nA
    assert w[0, 1] == pytest.approx(12)
    assert w[0, 14] == 0
    assert np.isnan(np.diag(w)).all()
    assert memory.weights(training).shape == (15 * 14,)
    assert float(memory.weights(training).value.max()) < 12e-9  # as sent: not yet potentiated


@pytest.mark.parametrize(("wrong", "match"), [
    (lambda: OscillatoryCA3(size=0), "size=0"),
    (lambda: OscillatoryCA3().learn([15]), "pattern neuron 15 does not exist.*size=16"),
    (lambda: OscillatoryCA3().recall([]), "fragment=.* is empty"),
    (lambda: OscillatoryCA3().network(), "no operations"),
    (lambda: RegulatedCA3().learn([0, 0]), "names a neuron twice"),
    (lambda: RegulatedCA3().training(), "no operations"),
    (lambda: RegulatedCA3().learn([0]).recall([0]).network(np.zeros(3)*nA), "210 recurrent"),
])
def test_errors(wrong, match):
    with pytest.raises(DescriptionError, match=match):
        wrong()


def test_other_runs_are_not_decoded():
    memory = OscillatoryCA3.published()
    short = eg.simulate(memory.network(), 20*eg.units.UNITS["ms"], backend="reference")
    with pytest.raises(DescriptionError, match=r"has 20 ms.*need 85 ms"):
        memory.decode(short)
