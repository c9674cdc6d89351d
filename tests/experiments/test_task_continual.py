"""T10 over the methods of continual learning: numbers of a record are those of the method."""

import pytest

from engram.experiments import continual
from engram.experiments.memories import learner_entries
from engram.experiments.memories.catalogue import find
from engram.experiments.tasks import continual as task
from engram.experiments.tasks.catalogue import find as find_task
from engram.experiments.tasks.task import Setting
from engram.models.memory import CannotDo

SHORT = {"task": "permuted-digits", "size": "ci"}  # five tasks of five epochs


def test_a_record_holds_the_matrix_of_the_method(monkeypatch):
    monkeypatch.setitem(task.SIZES, "ci", SHORT)
    told = []
    points = find_task("T10").run(Setting(find("replay"), "ci", 1, progress=told.append))
    direct = continual.run("replay", "permuted-digits", 1, "ci")
    assert [[p.metrics[f"task {k + 1}"] for k in range(5)] for p in points] == direct.R.tolist()
    assert task.TASK.summary_of(points) == pytest.approx(
        {"ACC": direct.acc, "BWT": direct.bwt, "FWT": direct.fwt})
    assert [p.metrics["new"] for p in points] == direct.R.diagonal().tolist()
    assert points[2].metrics["seen"] == pytest.approx(direct.R[2, :3].mean())
    assert points[-1].state_bits == direct.bits > 0
    assert told == [1.0]


@pytest.mark.parametrize(("memory", "acc", "bwt", "within"), [
    # an independent program, 2 and 3 seeds: ACC 0.365 and 0.383, BWT -0.682 and -0.656; ACC 0.745
    # +- 0.007, BWT -0.254. One seed of ours scatters by 0.033 and 0.01: three times that
    ("naive", 0.374, -0.669, 0.1), ("replay", 0.745, -0.254, 0.03)])
def test_the_references_are_met(memory, acc, bwt, within):
    found = task.transfer(find_task("T10").run(Setting(find(memory), "ci", 1)))
    assert found["ACC"] == pytest.approx(acc, abs=within)
    assert found["BWT"] == pytest.approx(bwt, abs=within)
    assert abs(found["FWT"]) < 0.05  # of tasks not learnt yet nothing is known


def test_a_budget_of_bits_is_refused_with_the_reason():
    with pytest.raises(CannotDo, match="no size is solved for"):
        find_task("continual").run(Setting(find("naive"), "ci", 0, state_bits=1000))


def test_every_learner_names_a_method_and_a_network():
    from engram.experiments.continual.methods import METHODS, NETWORKS
    for entry in learner_entries.ENTRIES:
        learner = entry.build(None)
        assert learner.method in METHODS
        assert learner.network in NETWORKS
        assert entry.spiking == (learner.network != "mlp")
